import { describe, expect, test } from "vitest";
import { bank, createCustomer, type TestCustomer } from "../harness/api.ts";
import {
  accountRead,
  accountsRead,
  customerRead,
  get,
  readUntilHit,
  redis,
  type CachedRead,
} from "./cached-reads.ts";

interface Scene {
  readonly ada: TestCustomer;
  readonly account_id: string;
  readonly eve: TestCustomer;
  readonly eves_account_id: string;
}

async function openScene(): Promise<Scene> {
  const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
  const account_id = await bank.createAccount(ada, { balance: 5 });
  return { ada, account_id, eve, eves_account_id: await bank.createAccount(eve, { balance: 777 }) };
}

type Body = Record<string, unknown>;

/**
 * Makes a poisoned value from her own cached body, or from another customer's body of the same
 * kind.
 */
type Poison = (own: string, foreign: string) => string;

const changed =
  (members: Body): Poison =>
  (own) =>
    JSON.stringify({ ...(JSON.parse(own) as Body), ...members });

const anywhere: [string, Poison][] = [
  ["somebody else's body", (_own, foreign) => foreign],
  ["no JSON", () => "{{"],
  ["half a body", (own) => own.slice(0, -10)],
  ["nothing", () => ""],
  ["null", () => "null"],
  ["another shape", () => '{"balance":1000000}'],
  ["eight megabytes", (own) => own + " ".repeat(8 * 1024 * 1024)],
];

const account_only: [string, Poison][] = [
  [
    "her account's body with another's id",
    (own, foreign) => changed({ id: (JSON.parse(foreign) as Body)["id"] })(own, ""),
  ],
  [
    "another's balance under her id",
    (own, foreign) => changed({ id: (JSON.parse(own) as Body)["id"] })(foreign, ""),
  ],
  ["a negative balance", changed({ balance: -5 })],
  ["a balance that does not go with what is available", changed({ balance: 1_000_000 })],
  ["money held that was never there", changed({ held: -100 })],
  ["a balance that is no integer", changed({ balance: 5.5 })],
  ["a balance that is text", changed({ balance: "5" })],
];

const accounts_only: [string, Poison][] = [
  [
    "another's account among hers",
    (own, foreign) => {
      const [mine, theirs] = [own, foreign].map(
        (text) => (JSON.parse(text) as { data: unknown[] }).data,
      );
      return JSON.stringify({ data: [...(mine ?? []), ...(theirs ?? [])], next_cursor: null });
    },
  ],
  ["no accounts key", () => '{"next_cursor":null}'],
];

async function expectRepaired(own: CachedRead, foreign: CachedRead, poison: Poison): Promise<void> {
  const { text } = await get(own);
  const foreign_text = (await get(foreign)).text;
  await redis("SET", own.key, poison(text, foreign_text), "PX", 60_000);
  const answer = await get(own);
  expect(answer.status).toBe(200);
  expect(answer.text).toBe(text);
  expect((await readUntilHit(() => get(own))).text).toBe(text);
}

describe("a poisoned value in Redis is never shown, and is replaced:", () => {
  test.each([...anywhere, ...account_only])("an account, %s", async (_name, poison) => {
    const { ada, account_id, eve, eves_account_id } = await openScene();
    await expectRepaired(accountRead(ada, account_id), accountRead(eve, eves_account_id), poison);
  });

  test.each([...anywhere, ...accounts_only])("the list of accounts, %s", async (_name, poison) => {
    const { ada, eve } = await openScene();
    await expectRepaired(accountsRead(ada), accountsRead(eve), poison);
  });

  test.each(anywhere)("a customer, %s", async (_name, poison) => {
    const { ada, eve } = await openScene();
    await expectRepaired(customerRead(ada), customerRead(eve), poison);
  });

  test.each([
    ["a list", ["LPUSH"], ["x"]],
    ["a hash", ["HSET"], ["a", "b"]],
    ["a set", ["SADD"], ["x"]],
  ])("a value that is %s", async (_name, [command = ""], values) => {
    const { ada, account_id } = await openScene();
    const own = accountRead(ada, account_id);
    const { text } = await get(own);
    await redis("DEL", own.key);
    await redis(command, own.key, ...values);
    expect((await get(own)).text).toBe(text);
    expect((await readUntilHit(() => get(own))).text).toBe(text);
  });

  test("a customer's own account in another customer's name is replaced by her next read", async () => {
    const { ada, account_id, eve } = await openScene();
    const own = accountRead(ada, account_id);
    const { text } = await get(own);
    await redis("SET", own.key, changed({ customer_id: eve.customer_id })(text, ""), "PX", 60_000);
    expect((await get(own)).text).toBe(text);
    expect((await readUntilHit(() => get(own))).text).toBe(text);
    expect((await get(accountRead(eve, account_id))).status).toBe(404);
  });
});
