import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { expectProblem } from "./expectations.ts";

const newCustomer = () => ({
  name: "Ada",
  email: `customer-${randomUUID()}@edgebank.test`,
  password: "correct horse battery staple",
});

const createWith = async (body: object, key?: string): Promise<ApiAnswer> =>
  request("POST", "/v1/customers", { token: (await admin()).token, key, body });

const logIn = ({ email, password }: { email: string; password: string }): Promise<ApiAnswer> =>
  request("POST", "/v1/auth/login", { body: { email, password } });

describe("a customer that is created with a key", () => {
  test("is told again to whoever lost the answer, and may log in", async () => {
    const [customer, key] = [newCustomer(), randomUUID()];
    const first = await createWith(customer, key);
    const again = await createWith(customer, key);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect((await logIn(customer)).status).toBe(200);
  });

  test("is another request with another password, and keeps the first", async () => {
    const [customer, key] = [newCustomer(), randomUUID()];
    await createWith(customer, key);
    const other = { ...customer, password: "another horse battery staple" };
    expectProblem(await createWith(other, key), "idempotency_key_reused");
    expect((await logIn(customer)).status).toBe(200);
    expect((await logIn(other)).status).toBe(401);
  });

  test("leaves no hash of its password but the slow one, whose salt no other key has", async () => {
    const [customer, key] = [newCustomer(), randomUUID()];
    await createWith(customer, key);
    const second = newCustomer();
    await createWith(second, randomUUID());
    const stored = await bank.sql<{ password_hash: string; is_of_slow_hash: boolean }>(
      `select password_hash, exists (
                select from bank.idempotency_keys
                 where operation = 'customer.create'
                   and request_hash = sha256(record_send(row(
                         'customer.create'::text, 'Ada'::text, users.email, users.password_hash))))
              as is_of_slow_hash
         from bank.users where email = any ($1)`,
      [[customer.email, second.email]],
    );
    expect(stored.map(({ is_of_slow_hash }) => is_of_slow_hash)).toEqual([true, true]);
    const salts = stored.map(
      ({ password_hash }) => /^scrypt\$14\$8\$5\$([\w-]{22})\$/.exec(password_hash)?.[1],
    );
    expect(new Set(salts).size).toBe(2);
    expect(salts).not.toContain(undefined);
  });

  test("that was refused is refused again, though the email is free by now", async () => {
    const [customer, key] = [newCustomer(), randomUUID()];
    await createWith(customer);
    expectProblem(await createWith(customer, key), "email_taken");
    await bank.sql("delete from bank.users where email = $1", [customer.email]);
    await bank.sql("delete from bank.customers where email = $1", [customer.email]);
    const again = await createWith(customer, key);
    expectProblem(again, "email_taken");
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  });
});

test("without a key, the same request twice is two accounts", async () => {
  const { customer_id } = await createCustomer();
  const asked = {
    token: (await admin()).token,
    body: { customer_id, currency: "USD", name: "Savings" },
  };
  const [first, second] = [
    await request("POST", "/v1/accounts", asked),
    await request("POST", "/v1/accounts", asked),
  ];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
});

test("a closing that was declined is declined again with its key, though the account is empty by now", async () => {
  const id = await bank.createAccount(await createCustomer(), { balance: 5 });
  const token = (await admin()).token;
  const close = { token, key: randomUUID(), body: { status: "closed" } };
  expectProblem(await request("PATCH", `/v1/accounts/${id}`, close), "account_not_empty");
  await request("POST", `/v1/accounts/${id}/debit`, {
    token,
    key: randomUUID(),
    body: { amount: 5 },
  });
  const again = await request("PATCH", `/v1/accounts/${id}`, close);
  expectProblem(again, "account_not_empty");
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
});

test.each([
  ["a read", "GET", "/v1/me", undefined, 200],
  [
    "a login, whose token is kept nowhere",
    "POST",
    "/v1/auth/login",
    { email: "a@b.example", password: "x" },
    401,
  ],
])("%s looks at no key, not even at a malformed one", async (_what, method, path, body, status) => {
  const { token } = await admin();
  expect((await request(method, path, { token, key: "a b", body })).status).toBe(status);
});
