import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "./bank.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();

test("a customer's user and its customer", async () => {
  const ada = await bank.createCustomer("Ada");
  const { body } = await bank.call("get_me", { p_actor: ada });
  const customer = await bank.call("get_customer", { p_actor: ada, p_customer_id: ada.customer_id });
  expect(body).toMatchObject({
    id: ada.user_id,
    email: ada.email,
    role: "customer",
    customer_id: ada.customer_id,
    customer: customer.body,
  });
  expect(JSON.stringify(body)).not.toContain("password");
});

test("an admin has no customer", async () => {
  const admin = await bank.createAdmin();
  const { body } = await bank.call("get_me", { p_actor: admin });
  expect(body).toMatchObject({ id: admin.user_id, role: "admin", customer_id: null, customer: null });
});

test("a user whom only the identity provider knows has no email here", async () => {
  const user_id = randomUUID();
  const { body } = await bank.call("get_me", { p_actor: { user_id, role: "admin", customer_id: null } });
  expect(body).toMatchObject({ id: user_id, email: null });
});

test.each([
  ["nobody", {}],
  ["a customer that does not exist", { user_id: randomUUID(), role: "customer", customer_id: randomUUID() }],
  ["an unknown role", { user_id: randomUUID(), role: "root", customer_id: null }],
])("%s is forbidden", async (_who, p_actor) => {
  expect(await refusal(bank.call("get_me", { p_actor }))).toEqual({ code: "forbidden" });
});
