import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank, unusable_password_hash } from "../harness/bank.ts";

const bank = sharedBank();

test("a login is found by its email in any case", async () => {
  const ada = await bank.createCustomer();
  for (const p_email of [ada.email, ada.email.toUpperCase()])
    expect((await bank.call("get_login", { p_email })).body).toEqual({
      user_id: ada.user_id,
      password_hash: unusable_password_hash,
      role: "customer",
      customer_id: ada.customer_id,
    });
});

test("the login of an admin has no customer", async () => {
  const email = `admin-${randomUUID()}@edgebank.test`;
  const user_id = await bank.value("select bank_internal.create_admin($1, 'hash')", [email]);
  expect((await bank.call("get_login", { p_email: email })).body).toEqual({
    user_id,
    password_hash: "hash",
    role: "admin",
    customer_id: null,
  });
});

test("a user who was disabled is nobody, so no new token keeps an old one's cached reads alive", async () => {
  const ada = await bank.createCustomer();
  expect(await bank.value("select bank_internal.disable_user($1)", [ada.email.toUpperCase()])).toBe(
    ada.user_id,
  );
  expect(await bank.call("get_login", { p_email: ada.email })).toMatchObject({
    code: null,
    text: null,
  });
});

test.each([`${randomUUID()}@edgebank.test`, "", "%", "' or true --", null])(
  "the email %j has no login",
  async (p_email) => {
    expect(await bank.call("get_login", { p_email })).toMatchObject({ code: null, text: null });
  },
);
