import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

test("a customer sees itself, an admin sees everybody, both the same", async () => {
  const ada = await bank.createCustomer("Ada");
  const p_customer_id = ada.customer_id;
  const { body } = await bank.call("get_customer", { p_actor: ada, p_customer_id });
  expect(body).toEqual({
    id: p_customer_id,
    name: "Ada",
    email: ada.email,
    status: "active",
    created_at: expect.stringMatching(/\.\d{6}Z$/),
    updated_at: expect.stringMatching(/\.\d{6}Z$/),
  });
  expect(
    (await bank.call("get_customer", { p_actor: await bank.admin(), p_customer_id })).body,
  ).toEqual(body);
});

test("another customer looks like one that does not exist", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const look = async (p_customer_id: string) =>
    failureFacts(bank.call("get_customer", { p_actor: ada, p_customer_id }));
  const missing = await look(randomUUID());
  expect(await look(bob.customer_id)).toEqual(missing);
  expect(missing).toMatchObject({ code: "EBANK", detail: '{"code": "not_found"}' });
});

test.each([
  ["without anything", {}],
  ["without a role", { user_id: randomUUID() }],
  ["with an unknown role", { user_id: randomUUID(), role: "auditor" }],
  ["who is no user", { user_id: randomUUID(), role: "admin", customer_id: null }],
])("an actor %s sees no customer", async (_what, actor) => {
  const ada = await bank.createCustomer();
  const call = bank.call("get_customer", { p_actor: actor, p_customer_id: ada.customer_id });
  expect(await refusal(call)).toEqual({ code: "unauthenticated" });
});
