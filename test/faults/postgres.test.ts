import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  expectUnavailable,
  newKeys,
  outcomesOf,
  password,
  startOwnBank,
  type OwnBank,
} from "./own-bank.ts";

let bank: OwnBank;

beforeAll(async () => {
  bank = await startOwnBank();
}, 120_000);

afterAll(() => bank.stop());

/** Sends each key again, as a client does that got a 503. The answer is the outcome of the key. */
async function findOut(keys: readonly string[]): Promise<{ replayed: number }> {
  const answers = await Promise.all(keys.map((key) => bank.transfer(key)));
  expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 201));
  expect(await outcomesOf(bank, keys)).toEqual({ posted: keys.length, amount: keys.length });
  expect(await bank.verify()).toEqual([]);
  return {
    replayed: answers.filter(({ headers }) => headers.get("Idempotency-Replayed") === "true")
      .length,
  };
}

describe.each(["fast", "crash"] as const)(
  "Postgres stopped in the middle of transfers (%s)",
  (how) => {
    test("answers 503, and after its return the same key gets the outcome of the transfer", async () => {
      const keys = newKeys(20);
      const early = keys.slice(0, 5);
      for (const key of early) expect((await bank.transfer(key)).status).toBe(201);

      // The others wait for Alice's account when the server goes.
      const holder = await bank.connect();
      await holder.query("begin");
      await holder.query("select from bank.accounts where id = $1 for update", [
        bank.alice_account_id,
      ]);
      const late = keys.slice(5).map((key) => bank.transfer(key));
      await waitForLocks(late.length);
      await bank.stopPostgres(how);
      for (const answer of await Promise.all(late)) expectUnavailable(answer);
      expectUnavailable(await bank.transfer(keys[0] ?? ""));
      expectUnavailable(await bank.request("GET", "/v1/transfers"));
      const readiness = await bank.request("GET", "/readyz");
      expect(readiness.status).toBe(503);
      expect(readiness.body).toMatchObject({
        status: "unavailable",
        dependencies: { postgres: "unavailable" },
      });
      expect((await bank.request("GET", "/healthz")).status).toBe(200);

      await bank.startPostgres();
      expect(await outcomesOf(bank, keys)).toEqual({ posted: early.length, amount: early.length });
      expect(await findOut(keys)).toEqual({ replayed: early.length });
    });

    test("answers only 201 or 503 under load, and no transfer is made twice or lost", async () => {
      const keys = newKeys(60);
      let answered = 0;
      let stopped: Promise<void> | undefined;
      const workers = Array.from({ length: 6 }, async (_, worker) => {
        const posted: string[] = [];
        for (const key of keys.filter((_key, index) => index % 6 === worker)) {
          const answer = await bank.transfer(key);
          answered += 1;
          if (answer.status === 201) posted.push(key);
          else expectUnavailable(answer);
          if (answered >= 20) stopped ??= bank.stopPostgres(how);
        }
        return posted;
      });
      const acknowledged = (await Promise.all(workers)).flat();
      await stopped;
      await bank.startPostgres();
      expect(acknowledged.length).toBeGreaterThanOrEqual(10);
      expect(acknowledged.length).toBeLessThan(keys.length);
      // What was acknowledged is there after a crash too.
      expect(await outcomesOf(bank, acknowledged)).toMatchObject({ posted: acknowledged.length });
      expect((await findOut(keys)).replayed).toBeGreaterThanOrEqual(acknowledged.length);
    });
  },
);

async function waitForLocks(count: number): Promise<void> {
  await expect
    .poll(
      () =>
        bank.sql(
          "select from pg_stat_activity where usename = 'bank_api' and wait_event_type = 'Lock'",
        ),
      { timeout: 1_900, interval: 20 },
    )
    .toHaveLength(count);
}

describe("a broken connection to Postgres:", () => {
  test.each(["refuse", "garbage", "hang"] as const)(
    "%s: 503 within a bounded time, and nothing is moved",
    async (fault) => {
      const key = randomUUID();
      const started_at = performance.now();
      bank.proxy.set(fault);
      const answers = await Promise.all([
        bank.transfer(key),
        bank.request("GET", "/v1/transfers"),
        bank.request("GET", "/readyz"),
      ]).finally(() => bank.proxy.set("pass"));
      const [transfer, list, readiness] = answers;
      expectUnavailable(transfer);
      expectUnavailable(list);
      expect(readiness.status).toBe(503);
      expect(performance.now() - started_at).toBeLessThan(15_000);
      expect(await outcomesOf(bank, [key])).toEqual({ posted: 0, amount: 0 });
      expect(await findOut([key])).toEqual({ replayed: 0 });
    },
  );

  test("when an answer is lost after the commit, the same key gets it", async () => {
    const keys = newKeys(5);
    const lost_before = bank.proxy.lostAnswers();
    bank.proxy.set("lose_answer");
    const answers = await Promise.all(keys.map((key) => bank.transfer(key))).finally(() =>
      bank.proxy.set("pass"),
    );
    for (const answer of answers) expectUnavailable(answer);
    expect(bank.proxy.lostAnswers() - lost_before).toBe(keys.length);
    expect(await outcomesOf(bank, keys)).toEqual({ posted: keys.length, amount: keys.length });
    expect(await findOut(keys)).toEqual({ replayed: keys.length });
  });
});

describe("a Postgres that answers but fails:", () => {
  test("a transfer from an account that stays locked is 503 after the lock timeout", async () => {
    const key = randomUUID();
    const holder = await bank.connect();
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for update", [
      bank.alice_account_id,
    ]);
    const answer = await bank.transfer(key);
    await holder.query("rollback");
    await holder.end();
    expectUnavailable(answer);
    expect(await findOut([key])).toEqual({ replayed: 0 });
  });

  test("a broken function is 500, with a problem document that shows nothing internal", async () => {
    await bank.sql("alter function bank.get_transfer rename to get_transfer_gone");
    const answer = await bank.request("GET", `/v1/transfers/${randomUUID()}`);
    await bank.sql("alter function bank.get_transfer_gone rename to get_transfer");
    expect(answer.status).toBe(500);
    expect(answer.headers.get("Content-Type")).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 500, code: "internal_error" });
    expect(answer.text).not.toMatch(/get_transfer|function|42883|bank\./);
  });
});

/** Keeps the Worker out of Postgres. Returns the function that lets it in again. */
const closed_doors: Readonly<Record<string, readonly [close: string, open: string]>> = {
  "another password": [
    "alter role bank_api password 'a-rotated-one'",
    `alter role bank_api password '${password}'`,
  ],
  "a role that may not log in": ["alter role bank_api nologin", "alter role bank_api login"],
  "no right to connect": [
    "revoke connect on database postgres from bank_api, public",
    "grant connect on database postgres to bank_api",
  ],
  "no connection for the role": [
    "alter role bank_api connection limit 0",
    "alter role bank_api connection limit -1",
  ],
  "a database that takes no connections": [
    "alter database postgres with allow_connections false",
    "alter database postgres with allow_connections true",
  ],
  "a database of another name": [
    "alter database postgres rename to postgres_gone",
    "alter database postgres_gone rename to postgres",
  ],
};

describe("a Postgres that no longer accepts the Worker's login:", () => {
  test.each(Object.entries(closed_doors))(
    "%s: 503 until it is repaired",
    async (_name, [close, open]) => {
      const keys = newKeys(2);
      const sql = await bank.connectToServer();
      // Nobody renames a database that somebody is in.
      await sql.query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'postgres'",
      );
      await sql.query(close);
      const answers = await Promise.all([
        ...keys.map((key) => bank.transfer(key)),
        bank.request("GET", "/v1/transfers"),
      ]).finally(async () => {
        await sql.query(open);
        await sql.end();
      });
      for (const answer of answers) expectUnavailable(answer);
      expect(await findOut(keys)).toEqual({ replayed: 0 });
    },
  );
});
