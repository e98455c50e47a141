import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedBank, type Actor, type CustomerActor } from "../harness/bank.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();
let ada: CustomerActor;
let bob: CustomerActor;
let eve: CustomerActor;
let transfers: Record<"posted" | "declined" | "credit" | "refused_credit" | "debit", string>;

beforeAll(async () => {
  [ada, bob, eve] = [
    await bank.createCustomer(),
    await bank.createCustomer(),
    await bank.createCustomer(),
  ];
  const [from, to] = [
    await bank.createAccount(ada, { balance: 10 }),
    await bank.createAccount(bob),
  ];
  transfers = {
    posted: (await bank.transfer(ada, { from, to, amount: 1 })).body.id,
    declined: (await bank.transfer(ada, { from, to, amount: 100 })).body.transfer_id,
    credit: (await bank.credit(to, 1)).body.id,
    refused_credit: (await bank.credit(to, Number.MAX_SAFE_INTEGER)).body.transfer_id,
    debit: (await bank.debit(to, 1)).body.id,
  };
});

function look(actor: Actor | undefined | object, p_transfer_id: string) {
  return bank.call("get_transfer", { p_actor: actor, p_transfer_id });
}

const visibility = [
  ["posted", { ada: true, bob: true, eve: false }],
  ["declined", { ada: true, bob: false, eve: false }],
  ["credit", { ada: false, bob: true, eve: false }],
  ["refused_credit", { ada: false, bob: true, eve: false }],
  ["debit", { ada: false, bob: true, eve: false }],
] as const;

describe("ada pays bob; the bank credits and debits bob", () => {
  test.each(visibility)("who sees the %s transfer", async (name, seen_by) => {
    const id = transfers[name];
    const missing = await failureFacts(look(eve, randomUUID()));
    for (const [actor, sees] of [
      [ada, seen_by.ada],
      [bob, seen_by.bob],
      [eve, seen_by.eve],
    ] as const) {
      if (sees) expect((await look(actor, id)).body.id).toBe(id);
      else expect(await failureFacts(look(actor, id))).toEqual(missing);
    }
    expect((await look(await bank.admin(), id)).body.id).toBe(id);
    expect(missing).toMatchObject({ detail: '{"code": "not_found"}' });
  });
});

test("what is the payer's own is null to the payee, in the transfer and in the list", async () => {
  const own = { metadata: {}, idempotency_key: expect.any(String), created_by: ada.user_id };
  const hidden = { metadata: null, idempotency_key: null, created_by: null };
  for (const [actor, members] of [
    [ada, own],
    [await bank.admin(), own],
    [bob, hidden],
  ] as const) {
    const { body } = await look(actor, transfers.posted);
    expect(body).toMatchObject(members);
    const { body: listed } = await bank.call("list_transfers", { p_actor: actor, p_limit: 100 });
    expect(listed).toContainEqual(body);
  }
  expect((await look(bob, transfers.credit)).body).toMatchObject(hidden);
  expect((await look(bob, transfers.debit)).body.created_by).toBe((await bank.admin()).user_id);
});

test.each([
  ["without anything", {}],
  ["without a role", { user_id: randomUUID() }],
  ["with an unknown role", { user_id: randomUUID(), role: "auditor" }],
  ["who is no user", { user_id: randomUUID(), role: "admin", customer_id: null }],
])("an actor %s sees no transfer", async (_what, actor) => {
  for (const id of Object.values(transfers))
    expect(await refusal(look(actor, id))).toEqual({ code: "unauthenticated" });
});
