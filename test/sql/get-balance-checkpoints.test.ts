import { expect, test } from "vitest";
import { until, type Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { reverseTransfer } from "./operations.ts";

const createBank = ownBanks();

/** A bank with one account that was credited 1 again and again. */
async function createCredited(credits: number) {
  const bank = await createBank();
  const account_id = await bank.createAccount(await bank.createCustomer());
  await creditOften(bank, account_id, credits);
  const settlement = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal'",
  );
  return { bank, account_id, settlement };
}

async function creditOften(bank: Bank, account_id: string, credits: number): Promise<void> {
  const admin = await bank.admin();
  await bank.sql(
    `select bank.credit_account(
              row($1, 'admin', null, null, null)::bank.actor, gen_random_uuid()::text, $2, 1)
       from generate_series(1, $3)`,
    [admin.user_id, account_id, credits],
  );
}

const checkpoint = async (bank: Bank) => (await bank.call("checkpoint_internal_balances", {})).body;
/** Other tests' transactions are under way too. */
const untilSettled = (bank: Bank) => until(async () => (await checkpoint(bank)).settled === 1);
const settlementBalance = async (bank: Bank, p_account_id: string) =>
  (await bank.call("get_balance", { p_actor: await bank.admin(), p_account_id })).body.balance;

test("a checkpoint is taken after a thousand entries, settled by a later call, and changes no balance", async () => {
  const { bank, account_id, settlement } = await createCredited(1_000);
  expect(await checkpoint(bank)).toEqual({ taken: 0, settled: 0 });
  await creditOften(bank, account_id, 1);
  expect(await checkpoint(bank)).toEqual({ taken: 1, settled: 0 });
  expect(await settlementBalance(bank, settlement)).toBe(-1_001);
  await untilSettled(bank);
  expect(await bank.sql("select balance::int from bank.internal_balances")).toEqual([
    { balance: -1_001 },
  ]);
  await creditOften(bank, account_id, 2);
  await bank.debit(account_id, 5);
  expect(await settlementBalance(bank, settlement)).toBe(-998);
  expect(await bank.verify()).toEqual([]);
});

test("a checkpoint waits for what was under way when it was taken", async () => {
  const { bank, account_id, settlement } = await createCredited(1_001);
  const writer = await bank.session();
  await writer.query("begin");
  const p_actor = await bank.admin();
  const named = { p_actor, p_idempotency_key: "open", p_account_id: account_id, p_amount: 7 };
  await bank.call("credit_account", named, writer);
  expect(await checkpoint(bank)).toEqual({ taken: 1, settled: 0 });
  expect(await checkpoint(bank)).toEqual({ taken: 0, settled: 0 });
  expect(await checkpoint(bank)).toEqual({ taken: 0, settled: 0 });
  await writer.query("commit");
  await untilSettled(bank);
  expect(await bank.sql("select balance::int from bank.internal_balances")).toEqual([
    { balance: -1_008 },
  ]);
  expect(await settlementBalance(bank, settlement)).toBe(-1_008);
});

test("an entry is later than a checkpoint, even if the clock was set back since", async () => {
  const { bank, account_id, settlement } = await createCredited(1);
  const { body: funding } = await bank.credit(account_id, 10);
  // What a server with a clock 2 s ahead has left.
  await bank.sql(
    `insert into bank.internal_balances (account_id, counted_until, settled_at_xid, balance)
     values ($1, clock_timestamp() + interval '2 seconds', '1', -11)`,
    [settlement],
  );
  await bank.credit(account_id, 5);
  await bank.debit(account_id, 2);
  expect((await reverseTransfer(bank, funding.id, { p_amount: 4 })).code).toBeNull();
  expect(await bank.verify()).toEqual([]);
  expect(await settlementBalance(bank, settlement)).toBe(-10);
});
