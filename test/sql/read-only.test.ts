import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { aloneWithoutTransaction, inPatientTransaction } from "../../scripts/migration-lock.ts";
import { setReadOnly } from "../../scripts/read-only.ts";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { sqlState } from "./refusals.ts";

const createBank = ownBanks();
const insufficient_privilege = "42501";

/**
 * What changes nothing but the audit log and the verification's notes, and what changes nothing at
 * all.
 */
const going_on = [
  "backfill_audit_events",
  "check_readiness",
  "flush_access_refusals",
  "get_account",
  "get_balance",
  "get_customer",
  "get_hold",
  "get_login",
  "get_me",
  "get_transfer",
  "is_caught_up",
  "list_accounts",
  "list_audit_events",
  "list_customers",
  "list_entries",
  "list_holds",
  "list_transfers",
  "prepare_audit_partitions",
  "record_access_refusal",
  "record_job",
  "record_login",
  "store_audit_events",
  "verify_ledger",
  "verify_ledger_part",
  "verify_new_entries",
  "verify_next_part",
];

async function executable(bank: Bank): Promise<string[]> {
  const rows = await bank.sql<{ proname: string }>(
    `select proname from pg_proc
      where pronamespace = 'bank'::regnamespace
        and has_function_privilege('bank_api', oid, 'execute')
      order by proname collate "C"`,
  );
  return rows.map(({ proname }) => proname);
}

const rights = (bank: Bank) =>
  bank.sql(
    "select proname, proacl::text from pg_proc " +
      "where pronamespace = 'bank'::regnamespace order by 1",
  );

test("while the bank is read-only, the Worker may execute what reads, logs and verifies, and nothing else", async () => {
  const bank = await createBank();
  const owner = await bank.session("superuser");
  const before = { executable: await executable(bank), rights: await rights(bank) };
  await setReadOnly(owner, true);
  await setReadOnly(owner, true);
  expect(await executable(bank)).toEqual(going_on);
  expect((await bank.call("check_readiness", {})).body).toMatchObject({ is_read_only: true });
  await setReadOnly(owner, false);
  await setReadOnly(owner, false);
  expect(await executable(bank)).toEqual(before.executable);
  expect(await rights(bank)).toEqual(before.rights);
  expect((await bank.call("check_readiness", {})).body).toMatchObject({ is_read_only: false });
});

test("a read-only bank refuses a session that has written before, and claims no key", async () => {
  const bank = await createBank();
  const owner = await bank.session("superuser");
  const session = await bank.session();
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 10 });
  const to = await bank.createAccount(ada);
  const key = randomUUID();
  const transfer = () => bank.transfer(ada, { from, to, amount: 1, key, session });
  const replay = () => bank.transfer(ada, { from, to, amount: 1, key: first, session });
  const first = randomUUID();
  await replay();
  await setReadOnly(owner, true);
  expect(await sqlState(transfer())).toBe(insufficient_privilege);
  expect(await sqlState(replay())).toBe(insufficient_privilege);
  expect(await bank.countTransfers(key)).toBe(0);
  await setReadOnly(owner, false);
  expect((await transfer()).code).toBeNull();
  expect((await replay()).replayed).toBe(true);
});

test("the bank is read-only only when the calls that began earlier have ended", async () => {
  const bank = await createBank();
  const [owner, holder, session] = await Promise.all([
    bank.session("superuser"),
    bank.session("superuser"),
    bank.session(),
  ]);
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 10 });
  const to = await bank.createAccount(ada);
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for update", [from]);
  const key = randomUUID();
  const transfer = bank.transfer(ada, { from, to, amount: 1, key, session });
  await bank.untilBlocked(session, transfer);
  let is_on = false;
  const switched = setReadOnly(owner, true).then(() => (is_on = true));
  await expect.poll(() => bank.value("select exists (select from bank.read_only)")).toBe(true);
  expect(await sqlState(bank.transfer(ada, { from: to, to: from, amount: 1 }))).toBe(
    insufficient_privilege,
  );
  expect(is_on).toBe(false);
  await holder.query("rollback");
  await switched;
  expect((await transfer).code).toBeNull();
  expect(await bank.countTransfers(key)).toBe(1);
});

test("the switch need not wait for an index that a migration builds without a transaction", async () => {
  const bank = await createBank();
  const [owner, builder] = await Promise.all([
    bank.session("superuser"),
    bank.session("superuser"),
  ]);
  await aloneWithoutTransaction(builder, () => setReadOnly(owner, true));
  expect(await bank.value("select exists (select from bank.read_only)")).toBe(true);
});

test("the switch waits for a migration's transaction, which grants functions anew", async () => {
  const bank = await createBank();
  const [owner, migrator] = await Promise.all([
    bank.session("superuser"),
    bank.session("superuser"),
  ]);
  const isOn = () => bank.value("select exists (select from bank.read_only)");
  const switched = await inPatientTransaction(migrator, async () => {
    const switching = setReadOnly(owner, true);
    await bank.untilBlocked(owner, switching);
    expect(await isOn()).toBe(false);
    return { switching };
  });
  await switched.switching;
  expect(await isOn()).toBe(true);
});

test("a role that may not make the bank read-only changes nothing", async () => {
  const bank = await createBank();
  const session = await bank.session();
  expect(await sqlState(session.query("select bank_internal.set_read_only(true)"))).toBe(
    insufficient_privilege,
  );
  await expect(setReadOnly(session, true)).rejects.toThrow(/permission denied/);
  expect(await bank.value("select exists (select from bank.read_only)")).toBe(false);
});
