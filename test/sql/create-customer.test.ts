import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function create(p_email: string, named: Record<string, unknown> = {}) {
  const p_actor = await bank.admin();
  return bank.call("create_customer", {
    p_actor,
    p_name: "Ada",
    p_email,
    p_password_hash: "hash",
    ...named,
  });
}

const newEmail = (): string => `Ada.${randomUUID()}@Edgebank.Test`;

test("a customer and its login are made, with the email in lower case", async () => {
  const email = newEmail();
  const { body, changed } = await create(email);
  expect(body).toMatchObject({
    id: expect.any(String),
    name: "Ada",
    email: email.toLowerCase(),
    status: "active",
  });
  expect(body.created_at).toBe(body.updated_at);
  expect(changed).toContain(`customer:${body.id}`);
  const { body: login } = await bank.call("get_login", { p_email: email });
  expect(login).toMatchObject({ password_hash: "hash", role: "customer", customer_id: body.id });
  expect(await bank.auditEvents(body.id, "customer.create")).toMatchObject([
    { outcome: "success", actor_role: "admin" },
  ]);
});

test("a taken email is refused in any case, whoever has it, and nothing is left behind", async () => {
  const email = newEmail();
  await create(email);
  const admin_email = `admin-${randomUUID()}@edgebank.test`;
  await bank.sql("select bank_internal.create_admin($1, 'hash')", [admin_email]);
  for (const taken of [email, email.toUpperCase(), admin_email])
    expect((await create(taken)).code).toBe("email_taken");
  expect(await bank.sql("select from bank.customers where email = $1", [admin_email])).toEqual([]);
});

test("of twenty customers created at once with one email exactly one is made", async () => {
  const email = newEmail();
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(email)));
  const made = answers.map(({ code }) => code).sort((a) => (a === null ? -1 : 1));
  expect(made).toEqual([null, ...Array.from({ length: 19 }, () => "email_taken")]);
  expect(
    await bank.sql("select from bank.users where email = $1", [email.toLowerCase()]),
  ).toHaveLength(1);
});

test("customers may not create customers", async () => {
  const email = newEmail();
  expect(await refusal(create(email, { p_actor: await bank.createCustomer() }))).toEqual({
    code: "forbidden",
  });
  expect((await bank.call("get_login", { p_email: email })).body).toBeNull();
});

test.each([
  ["an empty name", { p_name: "" }, "23514"],
  ["a name of 201 characters", { p_name: "a".repeat(201) }, "23514"],
  ["no name", { p_name: null }, "23502"],
  ["no password hash", { p_password_hash: null }, "23502"],
])("%s is refused, and no half of it stays", async (_what, named, state) => {
  const email = newEmail();
  expect(await sqlState(create(email, named))).toBe(state);
  expect(
    await bank.sql("select from bank.customers where email = $1", [email.toLowerCase()]),
  ).toEqual([]);
});
