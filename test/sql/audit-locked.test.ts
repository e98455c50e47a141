import { expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { createTransfers } from "./operations.ts";

const createBank = ownBanks();

/**
 * Changes how long the audit table is left alone after it was locked, so that no test races the
 * clock.
 */
async function setPause(bank: Bank, milliseconds: number): Promise<void> {
  await bank.sql(`do $$
    begin
      execute replace(pg_get_functiondef('bank_internal.is_audit_locked()'::regprocedure),
                      '< 1000', '< ${String(milliseconds)}');
    end $$`);
}

const an_hour_ms = 3_600_000;

async function createPair(bank: Bank) {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada),
  };
}

test("after one call met the lock, no other call waits for the table", async () => {
  const bank = await createBank();
  await setPause(bank, an_hour_ms);
  const { ada, from, to } = await createPair(bank);
  const holder = await bank.session("superuser");
  await holder.query("begin; lock table bank.audit_events in access exclusive mode");
  const met = await bank.transfer(ada, { from, to, amount: 1 });
  await holder.query("rollback");
  // The table would take these events now, so whoever tries it is seen.
  const answers = [
    met,
    await bank.transfer(ada, { from, to, amount: 1 }),
    await bank.transfer(ada, { from, to, amount: 1_000 }),
    await createTransfers(bank, ada, [{ from, to, amount: 1 }]),
    await bank.call("record_login", { p_actor: ada, p_succeeded: true }),
  ];
  expect(answers.map(({ code }) => code)).toEqual([null, null, "insufficient_funds", null, null]);
  const ids = answers.map(({ unstored_audit_events }) => unstored_audit_events?.[0]?.["id"]);
  const stored = (): Promise<unknown> =>
    bank.value("select count(*)::integer from bank.audit_events where id = any ($1)", [ids]);
  expect(await stored()).toBe(0);
  for (const { unstored_audit_events } of answers)
    await bank.call("store_audit_events", { p_events: unstored_audit_events });
  expect(await stored()).toBe(5);
  expect(await bank.balances(from, to)).toEqual([97, 3]);
});

test("a lock of one month of the table counts as a lock of the table", async () => {
  const bank = await createBank();
  await setPause(bank, an_hour_ms);
  const { ada, from, to } = await createPair(bank);
  const holder = await bank.session("superuser");
  const month = await bank.value(
    "select 'bank.' || bank_internal.audit_partition_name(date_trunc('month', now() at time zone 'UTC')::date)",
  );
  await holder.query(`begin; lock table ${String(month)} in share mode`);
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toHaveLength(1);
  await holder.query("rollback");
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toHaveLength(1);
});

test("soon after the lock is gone, events are stored again at once", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const holder = await bank.session("superuser");
  await holder.query("begin; lock table bank.audit_events in access exclusive mode");
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toHaveLength(1);
  await holder.query("rollback");
  const again = async () =>
    (await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events;
  await expect.poll(again, { timeout: 20_000 }).toBeNull();
});

test("a table that fails without a wait is tried by each call", async () => {
  const bank = await createBank();
  await setPause(bank, an_hour_ms);
  const { ada, from, to } = await createPair(bank);
  await bank.sql("alter table bank.audit_events rename to elsewhere");
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toHaveLength(1);
  await bank.sql("alter table bank.elsewhere rename to audit_events");
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toBeNull();
});

test("a lock that was met in the future, because the clock was set back since, is forgotten", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  await bank.sql(
    `select setval('bank_internal.audit_locked_at_ms',
                   (extract(epoch from clock_timestamp() + interval '1 day') * 1000)::bigint)`,
  );
  expect((await bank.transfer(ada, { from, to, amount: 1 })).unstored_audit_events).toBeNull();
});

test("a locked note of the last lock stops no transfer, and is waited for no longer than the table", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const holder = await bank.session("superuser");
  await holder.query(
    "begin; alter sequence bank_internal.audit_locked_at_ms rename to elsewhere; lock table bank.audit_events",
  );
  // Whoever waits longer than a millisecond fails after two seconds with a lock timeout.
  expect(await bank.transfer(ada, { from, to, amount: 1 })).toMatchObject({ code: null });
  expect(await createTransfers(bank, ada, [{ from, to, amount: 1 }])).toMatchObject({ code: null });
  const login = await bank.call("record_login", { p_actor: ada, p_succeeded: true });
  expect(login.unstored_audit_events).toHaveLength(1);
  await holder.query("rollback");
  expect(await bank.balances(from, to)).toEqual([98, 2]);
});
