import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();

test("a customer's user and its customer", async () => {
  const ada = await bank.createCustomer("Ada");
  const { body } = await bank.call("get_me", { p_actor: ada });
  const customer = await bank.call("get_customer", {
    p_actor: ada,
    p_customer_id: ada.customer_id,
  });
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
  expect(body).toMatchObject({
    id: admin.user_id,
    role: "admin",
    customer_id: null,
    customer: null,
  });
});

test("a user who was disabled is unauthenticated", async () => {
  const admin = await bank.createAdmin();
  await bank.sql("select bank_internal.disable_user(email) from bank.users where id = $1", [
    admin.user_id,
  ]);
  expect(await refusal(bank.call("get_me", { p_actor: admin }))).toEqual({
    code: "unauthenticated",
  });
});

test("a user who claims another's role or customer is unauthenticated", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  for (const claim of [{ role: "admin" }, { customer_id: bob.customer_id }, { customer_id: null }])
    expect(await refusal(bank.call("get_me", { p_actor: { ...ada, ...claim } }))).toEqual({
      code: "unauthenticated",
    });
});

test.each([
  ["nobody", {}],
  [
    "a customer that does not exist",
    { user_id: randomUUID(), role: "customer", customer_id: randomUUID() },
  ],
  ["an admin that does not exist", { user_id: randomUUID(), role: "admin", customer_id: null }],
  ["an unknown role", { user_id: randomUUID(), role: "root", customer_id: null }],
])("get_me is unauthenticated for %s", async (_who, p_actor) => {
  expect(await refusal(bank.call("get_me", { p_actor }))).toEqual({ code: "unauthenticated" });
});
