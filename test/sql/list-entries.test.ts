import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { idsOf, readPages } from "./pages.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();
let ada: CustomerActor;
let account_id: string;
let other: string;
/** Newest first. */
let entries: { id: string; amount: number; created_at: string; account_version: number }[];

beforeAll(async () => {
  ada = await bank.createCustomer();
  account_id = await bank.createAccount(ada, { balance: 100 });
  other = await bank.createAccount(ada);
  for (const amount of [1, 2, 3, 4, 5, 6])
    await bank.transfer(
      ada,
      { from: account_id, to: other, amount },
      { p_description: `number ${String(amount)}` },
    );
  entries = await list({});
});

async function list(named: Record<string, unknown>) {
  return (await bank.call("list_entries", { p_actor: ada, p_account_id: account_id, ...named }))
    .body;
}

test("the statement is newest first and adds up", () => {
  expect(entries.map(({ amount }) => amount)).toEqual([-6, -5, -4, -3, -2, -1, 100]);
  expect(entries.map(({ account_version }) => account_version)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(entries[0]).toMatchObject({
    account_id,
    amount: -6,
    balance_after: 79,
    kind: "transfer",
    description: "number 6",
    counterparty_account_id: other,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(entries[6]).toMatchObject({ balance_after: 100, kind: "credit" });
});

test("from is inclusive and to is exclusive, to the microsecond", async () => {
  const [from, to] = [entries[4]?.created_at, entries[1]?.created_at];
  expect(await list({ p_from: from, p_to: to })).toEqual(entries.slice(2, 5));
  expect(await list({ p_from: from, p_to: from })).toEqual([]);
  expect(await list({ p_from: to })).toEqual(entries.slice(0, 2));
  expect(await list({ p_to: from })).toEqual(entries.slice(5));
  expect(await list({ p_from: "2999-01-01Z" })).toEqual([]);
  expect(await list({ p_to: "1999-01-01Z" })).toEqual([]);
});

test("pages keep within from and to", async () => {
  const range = { p_from: entries[5]?.created_at, p_to: entries[0]?.created_at };
  const pages = await readPages((p_position) =>
    bank.call("list_entries", {
      p_actor: ada,
      p_account_id: account_id,
      ...range,
      p_limit: 2,
      p_position,
    }),
  );
  expect(pages.flat()).toEqual(entries.slice(1, 6));
});

test("pages hold every entry once, though money moves meanwhile", async () => {
  const bob = await bank.createCustomer();
  const p_account_id = await bank.createAccount(bob);
  for (let count = 0; count < 7; count += 1) await bank.credit(p_account_id, 1);
  const { body: before } = await bank.call("list_entries", { p_actor: bob, p_account_id });
  const pages = await readPages(
    (p_position) =>
      bank.call("list_entries", { p_actor: bob, p_account_id, p_limit: 2, p_position }),
    () => bank.credit(p_account_id, 1),
  );
  expect(idsOf(pages)).toEqual(idsOf([before]));
});

describe("who sees it", () => {
  test("an admin sees the same", async () => {
    expect(await list({ p_actor: await bank.admin() })).toEqual(entries);
  });

  test("another customer's account and an internal one look like one that does not exist", async () => {
    const bob = await bank.createCustomer();
    const internal = await bank.value<string>(
      "select id from bank.accounts where kind = 'internal' limit 1",
    );
    const look = async (p_account_id: string) =>
      failureFacts(bank.call("list_entries", { p_actor: bob, p_account_id }));
    const missing = await look(randomUUID());
    expect([await look(account_id), await look(internal)]).toEqual([missing, missing]);
  });

  test("an actor without a role sees nothing", async () => {
    expect(await refusal(list({ p_actor: {} }))).toEqual({ code: "unauthenticated" });
  });
});

test("an admin pages through the settlement account's entries by id", async () => {
  const p_actor = await bank.admin();
  const settlement = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' and currency = 'USD'",
  );
  const { body } = await bank.call("list_entries", {
    p_actor,
    p_account_id: settlement,
    p_limit: 2,
  });
  expect(body).toHaveLength(2);
  expect(body[0]).toMatchObject({
    account_id: settlement,
    balance_after: null,
    account_version: null,
    hash: null,
  });
});
