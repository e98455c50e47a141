import { expect, test } from "vitest";
import { money_max, type Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { expireHold } from "./holds.ts";
import { readAccount, setCustomerStatus } from "./operations.ts";

const createBank = ownBanks();

/**
 * So many holds of one cent that have expired, or will in an hour, put in by hand, with what they
 * add to `held`.
 */
async function putHolds(
  bank: Bank,
  { from, to }: { readonly from: string; readonly to: string },
  count: number,
  expires_in: "-1 hour" | "1 hour",
): Promise<void> {
  await bank.sql(
    `insert into bank.holds (
       id, debit_account_id, credit_account_id, amount, currency, created_by, expires_at,
       created_at)
     select gen_random_uuid(), $1, $4, 1, 'USD', gen_random_uuid(),
            clock_timestamp() + $3::interval, clock_timestamp() - interval '2 hours'
       from generate_series(1, $2)`,
    [from, count, expires_in, to],
  );
  await bank.sql("update bank.accounts set held = held + $2 where id = $1", [from, count]);
}

/** The rows of holds that a call reads, by index or by table. */
async function rowsRead(bank: Bank, call: () => Promise<unknown>): Promise<number> {
  const count = async () =>
    Number(
      await bank.value(
        `select coalesce(sum(idx_tup_fetch), 0) + coalesce(sum(seq_tup_read), 0)
              + (select coalesce(sum(idx_tup_read), 0)
                   from pg_stat_user_indexes where relname = 'holds')
           from pg_stat_user_tables where relname = 'holds' and schemaname = 'bank'`,
      ),
    );
  await bank.sql("select pg_stat_force_next_flush()");
  const before = await count();
  await call();
  await bank.sql("select pg_stat_force_next_flush()");
  return (await count()) - before;
}

test("no call works in proportion to the holds of an account that have expired", async () => {
  const bank = await createBank();
  const [alice, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const from = await bank.createAccount(alice, { balance: 100_000 });
  const to = await bank.createAccount(bob, { balance: 10 });
  await putHolds(bank, { from, to }, 50_000, "-1 hour");
  const session = await bank.session();
  const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["pay all of it", () => bank.transfer(alice, { from, to, amount: 100_000, session })],
    ["be paid", () => bank.transfer(bob, { from: to, to: from, amount: 5, session })],
    ["be credited", () => bank.credit(from, 1)],
    ["read", () => readAccount(bank, from)],
    ["freeze", () => setCustomerStatus(bank, alice.customer_id, "frozen")],
  ];
  for (const [name, call] of calls) {
    const answer = (await call()) as { code?: string | null };
    expect([name, answer.code ?? null]).toEqual([name, null]);
    expect([name, (await rowsRead(bank, call)) < 5_000]).toEqual([name, true]);
  }
});

test("the cron marks a bounded number for each account, in turns, so nobody waits behind another's many", async () => {
  const bank = await createBank();
  const [alice, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const many = await bank.createAccount(alice, { balance: 1_000 });
  const few = await bank.createAccount(bob, { balance: 10 });
  await putHolds(bank, { from: many, to: few }, 950, "-1 hour");
  await putHolds(bank, { from: few, to: many }, 1, "-1 hour");
  const expired: number[] = [];
  let p_position: string | undefined;
  do {
    const answer = await bank.call("expire_holds", { p_position });
    expired.push(answer.body.expired);
    p_position = answer.next_position ?? undefined;
  } while (p_position !== undefined);
  expect(expired.filter((count) => count > 0).sort((a, b) => a - b)).toEqual([1, 100]);
  expect(await readAccount(bank, few)).toMatchObject({ held: 0, available: 10 });
  expect(await bank.verify()).toEqual([]);
});

test("an account has at most 1,000 holds that are active or unmarked; marking makes room", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 5_000 }),
    await bank.createAccount(ada),
  ];
  await putHolds(bank, { from, to }, 500, "-1 hour");
  await putHolds(bank, { from, to }, 499, "1 hour");
  expect((await bank.createHold(ada, { from, to, amount: 1 })).code).toBeNull();
  const refused = await bank.createHold(ada, { from, to, amount: 1, key: "one-too-many" });
  expect(refused.code).toBe("too_many_holds");
  expect((await bank.createHold(ada, { from, to, amount: 10_000 })).code).toBe(
    "insufficient_funds",
  );
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBeNull();
  await bank.call("expire_holds", {});
  expect((await bank.createHold(ada, { from, to, amount: 1 })).code).toBeNull();
  expect(await bank.createHold(ada, { from, to, amount: 1, key: "one-too-many" })).toMatchObject({
    code: "too_many_holds",
    replayed: true,
  });
  expect(await bank.verify()).toEqual([]);
});

test("holds of the largest amount that have expired do not stop the next one, whenever they are marked", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: money_max }),
    await bank.createAccount(ada),
  ];
  for (let count = 0; count < 3; count += 1) {
    const { code, body } = await bank.createHold(ada, { from, to, amount: money_max });
    expect(code).toBeNull();
    await expireHold(bank, body.id);
  }
  expect(await readAccount(bank, from)).toMatchObject({ held: 0, available: money_max });
  expect((await bank.call("verify_new_entries", {})).body).toMatchObject({ violations: [] });
  await bank.call("expire_holds", {});
  expect(await bank.value("select held::integer from bank.accounts where id = $1", [from])).toBe(0);
  expect(await bank.verify()).toEqual([]);
});
