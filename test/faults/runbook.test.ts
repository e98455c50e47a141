import { randomUUID } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAt } from "../harness/scratch-database.ts";
import { startOwnBank, type OwnBank } from "./own-bank.ts";
import { asWritten, makeCheckout, runLine, type Ran } from "./runbook.ts";

// The commands and statements of docs/operations.md, as they stand there, in a checkout and a bank
// of their own.

let bank: OwnBank;
let directory: string;

beforeAll(async () => {
  bank = await startOwnBank();
  directory = await mkdtemp(path.join(bank.directory, "checkout-"));
  await makeCheckout(directory);
}, 120_000);

afterAll(() => bank.stop());

const run = (line: string): Promise<Ran> =>
  runLine(line, { directory, environment: { DATABASE_URL: bank.owner_url } });

const filled = () => ({ "DATABASE_URL=…": `DATABASE_URL='${bank.owner_url}'` });

const transferStatus = async (): Promise<number> => (await bank.transfer(randomUUID())).status;

test("Stop all changes: the command stops transfers, leaves reads alone, and lets transfers go on afterwards", async () => {
  const on = await run(asWritten("Stop all changes", "-- on", filled()));
  expect([on.code, on.stdout]).toEqual([0, expect.stringContaining("read-only since")]);
  expect(await transferStatus()).toBe(503);
  expect((await bank.request("GET", "/v1/transfers")).status).toBe(200);
  const off = await run(asWritten("Stop all changes", "-- off", filled()));
  expect([off.code, off.stdout]).toEqual([0, expect.stringContaining("takes changes")]);
  expect(await transferStatus()).toBe(201);
});

test("The verification failed: each line of the file names what is wrong, and where", async () => {
  const tamper = (amount: number): Promise<unknown> =>
    bank.sql("update bank.accounts set balance = balance + $1 where id = $2", [
      amount,
      bank.bob_account_id,
    ]);
  await tamper(5);
  const { code, stderr } = await run(
    asWritten("The verification failed", "verify:ledger >", filled()),
  );
  const file = path.join(directory, "violations.jsonl");
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  await tamper(-5);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(`${String(lines.length)} violations.`),
  ]);
  const violations = lines.map(
    (line) => JSON.parse(line) as { subject: string; id: string; rule: string },
  );
  expect(violations.map(({ id }) => id)).toContain(bank.bob_account_id);
  const healed = await run(asWritten("Verify the ledger", "verify:ledger", filled()));
  expect([healed.code, healed.stderr]).toEqual([
    0,
    expect.stringContaining("The ledger has no violations."),
  ]);
});

test("A key of JWT_KEYS: the three files have both keys, then the new one active, then only the new one", async () => {
  const heading = "A key of JWT_KEYS has leaked, or is due";
  interface Keys {
    readonly active: string;
    readonly keys: Record<string, string>;
  }
  const keysIn = async (name: string): Promise<Keys> =>
    JSON.parse(await readFile(path.join(directory, name), "utf8")) as Keys;
  await run("npm run --silent create:keys > keys.json");
  const before = await keysIn("keys.json");
  expect((await run(asWritten(heading, "-- add"))).code).toBe(0);
  const added = await keysIn("added.json");
  expect(added.active).toBe(before.active);
  const new_kid = Object.keys(added.keys).find((kid) => kid !== before.active) ?? "";
  expect((await run(asWritten(heading, "-- activate", { "<new kid>": new_kid }))).code).toBe(0);
  expect(await keysIn("activated.json")).toEqual({ ...added, active: new_kid });
  expect((await run(asWritten(heading, "-- remove", { "<old kid>": before.active }))).code).toBe(0);
  expect(await keysIn("keys.json")).toEqual({
    active: new_kid,
    keys: { [new_kid]: added.keys[new_kid] },
  });
});

describe("A new password for the Worker's login", () => {
  const heading = "A new password for the Worker's login";
  const urlOf = (role: string): string =>
    Object.assign(new URL(bank.owner_url), { username: role, password: "rolled" }).href;

  test("the second role has the limits and may call, the query counts its sessions, and the first role can be dropped", async () => {
    await bank.sql("create role bank_api_1 login password 'rolled' in role bank_api");
    await bank.sql(asWritten(heading, "create role bank_api_2", { "…": "rolled" }));
    const migrated = await run("npm run --silent migrate");
    expect(migrated.stdout).toMatch(/bank_api_2.*statement_timeout/);
    const call = "select body::json ->> 'limits' as limits from bank.check_readiness()";
    expect(await runAt(urlOf("bank_api_2"), call)).toEqual([{ limits: "[]" }]);
    expect(await bank.sql(asWritten(heading, "select count(*) from pg_stat_activity"))).toEqual([
      { count: "0" },
    ]);
    await bank.sql(asWritten(heading, "drop role bank_api_1"));
    await expect(runAt(urlOf("bank_api_1"), call)).rejects.toThrow(/authentication failed/);
  });

  test("a password that leaked no longer works, and its open sessions are ended", async () => {
    await bank.sql("create role bank_api_1 login password 'rolled' in role bank_api");
    const sleeper = runAt(urlOf("bank_api_1"), "select pg_sleep(60)");
    const ended = expect(sleeper).rejects.toThrow(/terminating connection/);
    const sessions = asWritten(heading, "select count(*) from pg_stat_activity");
    await expect.poll(() => bank.sql(sessions)).toEqual([{ count: "1" }]);
    await bank.sql(asWritten(heading, "alter role bank_api_1 nologin"));
    await bank.sql(asWritten(heading, "pg_terminate_backend"));
    await ended;
    await expect(runAt(urlOf("bank_api_1"), "select")).rejects.toThrow(/not permitted to log in/);
  });
});

test("Tables that grow: the largest come first, with their sizes", async () => {
  const rows = await bank.sql<{ relname: string }>(
    asWritten("Tables that grow", "pg_total_relation_size"),
  );
  expect(rows.map(({ relname }) => relname)).toContain("transfers");
});

test("Disable a user, A person's data: the login stops working, the name is erased, and the money stays as it was", async () => {
  const email = "ada@example.com";
  const [alice] = await bank.sql<{ id: string }>(
    "select customer_id as id from bank.accounts where id = $1",
    [bank.alice_account_id],
  );
  await bank.sql("update bank.users set email = $1 where customer_id = $2", [email, alice?.id]);
  await bank.sql("update bank.customers set email = $1 where id = $2", [email, alice?.id]);
  await bank.sql(asWritten("Disable a user", "disable_user"));
  expect((await bank.request("GET", "/v1/transfers")).status).toBe(401);

  const erase = asWritten("A person's data", "erase_customer('ada@example.com')");
  await expect(bank.sql(erase)).rejects.toThrow(/is not closed/);
  const totals =
    "select account_id, sum(amount) as sum from bank.entries group by account_id " +
    "order by account_id";
  const before = await bank.sql(totals);
  await bank.sql("update bank.accounts set status = 'closed' where customer_id = $1", [alice?.id]);
  await bank.sql(erase);
  const [erased] = await bank.sql<{ name: string; email: string }>(
    "select name, email from bank.customers where id = $1",
    [alice?.id],
  );
  expect(erased).toEqual({ name: "erased", email: `erased-${alice?.id ?? ""}@invalid` });
  // After a restore the list of the erased has ids, and no emails.
  await bank.sql("update bank.customers set name = 'Ada', email = $1 where id = $2", [
    email,
    alice?.id,
  ]);
  await bank.sql(
    asWritten("A person's data", "from bank.customers where id", { "…": alice?.id ?? "" }),
  );
  expect(await bank.sql("select name from bank.customers where id = $1", [alice?.id])).toEqual([
    { name: "erased" },
  ]);
  expect(await bank.sql(totals)).toEqual(before);
  expect(await bank.verify()).toEqual([]);
});
