import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { describe, expect, test } from "vitest";
import { sessionPid, sharedBank, until } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { failureFacts, refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();
const createBank = ownBanks();

test("the balance counts entries up to and at that time, to the microsecond", async () => {
  const ada = await bank.createCustomer();
  const [p_account_id, other] = [await bank.createAccount(ada), await bank.createAccount(ada)];
  const times: string[] = [(await bank.credit(p_account_id, 100)).body.created_at];
  for (const amount of [10, 20])
    times.push(
      (await bank.transfer(ada, { from: p_account_id, to: other, amount })).body.created_at,
    );
  const at = async (p_at: string) =>
    (await bank.call("get_balance", { p_actor: ada, p_account_id, p_at })).body;
  for (const [index, balance] of [100, 90, 70].entries()) {
    const time = times[index] ?? "";
    expect(await at(time)).toEqual({
      account_id: p_account_id,
      at: time,
      balance,
      currency: "USD",
      version: index + 1,
    });
    const just_before = await bank.value<string>(
      "select bank_internal.timestamp_text($1::timestamptz - interval '1 microsecond')",
      [time],
    );
    expect((await at(just_before)).version).toBe(index);
  }
});

test("the balance without a time is that of now, and before the account was opened it is 0", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada, { balance: 7 });
  const now = await bank.call("get_balance", { p_actor: ada, p_account_id });
  expect(now.body).toMatchObject({ balance: 7, version: 1, currency: "USD" });
  expect(Math.abs(Date.parse(now.body.at) - Date.now())).toBeLessThan(5_000);
  const before = await bank.call("get_balance", {
    p_actor: ada,
    p_account_id,
    p_at: "1999-01-01Z",
  });
  expect(before.body).toMatchObject({ balance: 0, version: 0, at: "1999-01-01T00:00:00.000000Z" });
});

test("a time a little ahead means now, one further ahead is refused", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada, { balance: 7 });
  const ahead = (seconds: number) =>
    bank.call("get_balance", {
      p_actor: ada,
      p_account_id,
      p_at: new Date(Date.now() + seconds * 1_000).toISOString(),
    });
  const { body } = await ahead(4);
  expect(body).toMatchObject({ balance: 7, version: 1 });
  expect(Date.parse(body.at)).toBeLessThan(Date.now() + 1_000);
  expect(await refusal(ahead(60))).toMatchObject({
    code: "validation_failed",
    errors: [{ path: "at" }],
  });
});

describe("while a posting of the account is under way", () => {
  async function startPosting(is_declined = false) {
    const ada = await bank.createCustomer();
    const accounts = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ] as const;
    const [from, to] = accounts;
    const [writer, reader] = [await bank.session(), await bank.session()];
    await writer.query("begin");
    const order = { from, to, amount: is_declined ? 1_000 : 1, session: writer };
    const { body } = await bank.transfer(ada, order);
    const read = (p_at?: string) =>
      bank.call("get_balance", { p_actor: ada, p_account_id: from, p_at }, reader);
    return { ada, from, to, writer, reader, read, created_at: body.created_at as string };
  }

  async function untilAsleep(session: Client): Promise<void> {
    await until(async () =>
      bank.value("select wait_event = 'PgSleep' from pg_stat_activity where pid = $1", [
        sessionPid(session),
      ]),
    );
  }

  test.each(["commit", "rollback"])(
    "a reader waits for its %s, so the answer stays true",
    async (end) => {
      const { writer, reader, read, created_at } = await startPosting();
      const reading = read(created_at);
      await untilAsleep(reader);
      await writer.query(end);
      const { body } = await reading;
      expect(body.balance).toBe(end === "commit" ? 99 : 100);
      expect((await read(created_at)).body).toEqual(body);
    },
  );

  test("a reader waits for one in a subtransaction too", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ];
    const [writer, reader] = [await bank.session(), await bank.session()];
    await writer.query("begin; savepoint deep");
    const { body } = await bank.transfer(ada, { from, to, amount: 1, session: writer });
    await writer.query("release deep");
    const reading = bank.call(
      "get_balance",
      { p_actor: ada, p_account_id: from, p_at: body.created_at },
      reader,
    );
    await untilAsleep(reader);
    await writer.query("commit");
    expect((await reading).body.balance).toBe(99);
  });

  test("a reader does not wait for a time before it, nor when only a decline came before", async () => {
    const { from, writer, read, ada } = await startPosting();
    const opened_at = (await bank.call("get_account", { p_actor: ada, p_account_id: from })).body
      .updated_at;
    expect((await read(opened_at)).body).toMatchObject({ balance: 100, version: 1 });
    await writer.query("rollback");
    const declined = await startPosting(true);
    await declined.writer.query("commit");
    expect((await declined.read()).body).toMatchObject({ balance: 100, version: 1 });
  });

  test("a reader that is still in its transaction keeps no writer waiting", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ];
    const [writer, reader] = [await bank.session(), await bank.session()];
    await reader.query("begin");
    await bank.call("get_balance", { p_actor: ada, p_account_id: from }, reader);
    await writer.query("set lock_timeout = '100ms'");
    expect((await bank.transfer(ada, { from, to, amount: 1, session: writer })).code).toBeNull();
    await reader.query("rollback");
  });

  test("a posting that never ends is an error after a while, and never a wrong answer", async () => {
    const { writer, read, created_at } = await startPosting();
    expect(await sqlState(read(created_at))).toBe("55P03");
    await writer.query("rollback");
  });
});

test("nobody shares a lock on an account: xmax would be something else than a transaction", async () => {
  expect(
    await bank.sql("select conname from pg_constraint where confrelid = 'bank.accounts'::regclass"),
  ).toEqual([]);
  const sharing = await bank.sql(
    String.raw`select proname from pg_proc
                where pronamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace)
                  and prosrc ~* 'bank\.accounts[^;]*\mfor\s+(key\s+)?share\M'`,
  );
  expect(sharing).toEqual([]);
});

test("the balance of an internal account is the sum of its entries up to then, checkpoints or not", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  const account_id = await own.createAccount(ada);
  const times: string[] = [];
  for (const amount of [5, 6, 7])
    times.push((await own.credit(account_id, amount)).body.created_at);
  const p_account_id = await own.value<string>(
    "select id from bank.accounts where kind = 'internal'",
  );
  const p_actor = await own.admin();
  const balances = async () => {
    const found: number[] = [];
    for (const p_at of [...times, undefined])
      found.push((await own.call("get_balance", { p_actor, p_account_id, p_at })).body.balance);
    return found;
  };
  expect(await balances()).toEqual([-5, -11, -18, -18]);
  await own.sql("insert into bank.internal_balances values ($1, $2, '3', -11)", [
    p_account_id,
    times[1],
  ]);
  // A checkpoint that is not settled yet counts for nothing.
  await own.sql("insert into bank.internal_balances values ($1, $2, '3', null)", [
    p_account_id,
    times[2],
  ]);
  expect(await balances()).toEqual([-5, -11, -18, -18]);
});

test("another customer's account looks like one that does not exist", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const foreign = await bank.createAccount(bob);
  const look = async (p_account_id: string) =>
    failureFacts(
      bank.call("get_balance", { p_actor: ada, p_account_id, p_at: new Date().toISOString() }),
    );
  expect(await look(foreign)).toEqual(await look(randomUUID()));
});
