import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { readHistory, recomputeHistory } from "./entries.ts";

const bank = sharedBank();

test("balances, versions and the chain of hashes follow from amounts, ids and times alone", async () => {
  const ada = await bank.createCustomer();
  const one = await bank.createAccount(ada, { balance: 500, overdraft_limit: 1000 });
  const other = await bank.createAccount(ada, { balance: 70 });
  await bank.transfer(ada, { from: one, to: other, amount: 1200 });
  await bank.transfer(ada, { from: other, to: one, amount: 3 });
  await bank.transfer(ada, { from: other, to: one, amount: 999_999 });
  await bank.debit(other, 1);
  for (const account_id of [one, other]) {
    const history = await readHistory(bank, account_id);
    expect(history).toEqual(recomputeHistory(history));
    const { body } = await bank.call("get_account", { p_actor: ada, p_account_id: account_id });
    expect(body).toMatchObject({
      balance: Number(history.at(-1)?.balance_after),
      version: history.length,
      head_hash: history.at(-1)?.hash,
    });
  }
  expect((await readHistory(bank, one)).map((entry) => entry.balance_after)).toEqual([
    500n,
    -700n,
    -697n,
  ]);
  expect((await readHistory(bank, other)).map((entry) => entry.balance_after)).toEqual([
    70n,
    1270n,
    1267n,
    1266n,
  ]);
});

test("both entries of a transfer carry its time, and the debited and credited amount", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 9 }), await bank.createAccount(ada)];
  const { body } = await bank.transfer(ada, { from, to, amount: 9 });
  const entries = await bank.sql(
    `select account_id, entry.amount::int, entry.created_at = transfer.created_at as is_of_its_time
       from bank.entries as entry join bank.transfers as transfer on transfer.id = transfer_id
      where transfer_id = $1 order by entry.amount`,
    [body.id],
  );
  expect(entries).toEqual([
    { account_id: from, amount: -9, is_of_its_time: true },
    { account_id: to, amount: 9, is_of_its_time: true },
  ]);
});

test("an entry is never older than the one before it, though the clock went back", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 9 }), await bank.createAccount(ada)];
  const session = await bank.session("superuser");
  await session.query("begin");
  await session.query("update bank.accounts set updated_at = '2999-01-01' where id = $1", [to]);
  const { body } = await bank.transfer(ada, { from, to, amount: 9, session });
  await session.query("rollback");
  expect(body.created_at).toBe("2999-01-01T00:00:00.000001Z");
});

test("the time of an entry is taken after the lock, not when the call began", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 9 }), await bank.createAccount(ada)];
  const [holder, caller] = [await bank.session("superuser"), await bank.session()];
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for no key update", [from]);
  const waiting = bank.transfer(ada, { from, to, amount: 1, session: caller });
  await bank.untilBlocked(caller);
  const { rows } = await holder.query(
    "select bank_internal.timestamp_text(clock_timestamp()) as locked_until",
  );
  await holder.query("commit");
  expect((await waiting).body.created_at > rows[0].locked_until).toBe(true);
});

test("ids of transfers and entries are UUIDv7 of the moment, in order", async () => {
  const session = await bank.session("superuser");
  const { rows } = await session.query<{ id: string; before_ms: number; after_ms: number }>(
    `select bank_internal.new_id(clock_timestamp()) as id, before_ms,
            floor(extract(epoch from clock_timestamp()) * 1000)::float8 as after_ms
       from (select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as before_ms
               from generate_series(1, 2000) offset 0) as moments`,
  );
  const times = rows.map(({ id }) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
  for (const [index, row] of rows.entries()) {
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(times[index]).toBeGreaterThanOrEqual(row.before_ms);
    expect(times[index]).toBeLessThanOrEqual(row.after_ms);
  }
  // PostgreSQL 15 to 17: two ids of one microsecond have no order, so only what stands before the
  // random part has.
  const prefixes = rows.map(({ id }) => id.slice(0, 18));
  expect(prefixes).toEqual([...prefixes].sort());
  expect(new Set(rows.map(({ id }) => id)).size).toBe(2000);
});
