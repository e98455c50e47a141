import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

test("an account shows what can be spent: balance, less what is held, plus the limit", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada, {
    balance: 100,
    held: 30,
    overdraft_limit: 50,
  });
  const { body, changed } = await bank.call("get_account", { p_actor: ada, p_account_id });
  expect(body).toMatchObject({
    id: p_account_id,
    balance: 100,
    held: 30,
    available: 120,
    overdraft_limit: 50,
    version: 1,
    head_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    created_at: expect.stringMatching(/\.\d{6}Z$/),
  });
  expect(changed).toEqual([]);
  expect(
    (await bank.call("get_account", { p_actor: await bank.admin(), p_account_id })).body,
  ).toEqual(body);
});

test("an answer may be cached until the next of its holds expires", async () => {
  const ada = await bank.createCustomer();
  const lifetimeOf = async (p_account_id: string) =>
    (await bank.call("get_account", { p_actor: ada, p_account_id })).cache_lifetime_ms;
  expect(await lifetimeOf(await bank.createAccount(ada, { balance: 9 }))).toBeNull();
  const lifetime_ms = await lifetimeOf(await bank.createAccount(ada, { balance: 9, held: 1 }));
  expect(lifetime_ms).toBeGreaterThan(0);
  expect(lifetime_ms).toBeLessThanOrEqual(3_600_000);
});

test("another customer's account and an internal one look like one that does not exist, byte for byte", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const foreign = await bank.createAccount(bob);
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  const look = async (p_account_id: string) =>
    failureFacts(bank.call("get_account", { p_actor: ada, p_account_id }));
  const missing = await look(randomUUID());
  expect([await look(foreign), await look(internal)]).toEqual([missing, missing]);
  expect(missing).toMatchObject({ code: "EBANK", detail: '{"code": "not_found"}' });
});

test("an expired hold reserves nothing, although no job has marked it", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada, { balance: 100, held: 30 });
  await bank.sql(
    "update bank.holds set expires_at = clock_timestamp() where debit_account_id = $1",
    [p_account_id],
  );
  const { body, cache_lifetime_ms } = await bank.call("get_account", {
    p_actor: ada,
    p_account_id,
  });
  expect(body).toMatchObject({ balance: 100, held: 0, available: 100 });
  expect(cache_lifetime_ms).toBeNull();
});

test("an internal account may not be cached", async () => {
  const p_account_id = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  const answer = await bank.call("get_account", { p_actor: await bank.admin(), p_account_id });
  expect(answer.cache_lifetime_ms).toBe(0);
});

test.each([
  ["without anything", {}],
  ["without a role", { user_id: randomUUID() }],
  ["with an unknown role", { user_id: randomUUID(), role: "auditor" }],
  ["who is no user", { user_id: randomUUID(), role: "admin", customer_id: null }],
])("an actor %s sees no account", async (_what, actor) => {
  const p_account_id = await bank.createAccount(await bank.createCustomer());
  const call = bank.call("get_account", { p_actor: actor, p_account_id });
  expect(await refusal(call)).toEqual({ code: "unauthenticated" });
});
