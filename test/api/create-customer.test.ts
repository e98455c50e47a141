import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import {
  auditEventsOf,
  expectInvalid,
  expectProblem,
  utc_microseconds,
  uuid_v7,
} from "./expectations.ts";

const newEmail = (): string => `new-${randomUUID()}@edgebank.test`;
const password = "correct horse battery";

const create = async (body: object): Promise<ApiAnswer> =>
  request("POST", "/v1/customers", { token: (await admin()).token, body });

describe("POST /v1/customers", () => {
  test("makes a customer and its login", async () => {
    const email = newEmail();
    const answer = await create({ name: "Zoë Müller 🎉", email, password });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(uuid_v7) as string,
      name: "Zoë Müller 🎉",
      email,
      status: "active",
      created_at: expect.stringMatching(utc_microseconds) as string,
      updated_at: expect.stringMatching(utc_microseconds) as string,
    });
    const { id } = answer.body as { id: string };
    const [user] = await bank.sql<{ password_hash: string; role: string }>(
      "select password_hash, role from bank.users where customer_id = $1",
      [id],
    );
    expect(user?.role).toBe("customer");
    expect(user?.password_hash).toMatch(/^scrypt\$14\$8\$5\$/);
    expect(await auditEventsOf(answer)).toMatchObject([
      {
        actor_id: (await admin()).user_id,
        action: "customer.create",
        target_type: "customer",
        target_id: id,
      },
    ]);
  });

  test("refuses an email that is taken, in any case", async () => {
    const email = newEmail();
    await create({ name: "First", email, password });
    expectProblem(
      await create({ name: "Second", email: email.toUpperCase(), password }),
      "email_taken",
    );
  });

  test.each([
    ["a short password", { password: "x".repeat(14) }, ["password"]],
    ["a long password", { password: "x".repeat(129) }, ["password"]],
    ["no name", { name: undefined }, ["name"]],
    ["an empty name", { name: "" }, ["name"]],
    ["a long name", { name: "x".repeat(201) }, ["name"]],
    ["a name with NUL", { name: "a\0b" }, ["name"]],
    ["a name of one combining mark", { name: "\u0301" }, ["name"]],
    ["a name that clears a terminal", { name: "\u001b[2J" }, ["name"]],
    ["no email", { email: "ada" }, ["email"]],
    ["an email outside ASCII", { email: "user@exämple.com" }, ["email"]],
    ["65 characters before the @", { email: `${"a".repeat(65)}@example.com` }, ["email"]],
    ["a role", { role: "admin" }, ["role"]],
    ["an id and a status", { id: randomUUID(), status: "active" }, ["id", "status"]],
  ])("refuses %s, and makes nothing", async (_case, members, paths) => {
    const email = newEmail();
    expectInvalid(await create({ name: "Ada", email, password, ...members }), paths);
    expect(await bank.sql("select from bank.customers where email = $1", [email])).toEqual([]);
  });

  test("keeps a name composed and without space at its ends", async () => {
    const { body } = await create({ name: " Zoe\u0308 \n", email: newEmail(), password });
    expect(body).toMatchObject({ name: "Zoë" });
  });

  test("counts the characters of a name, not their bytes", async () => {
    expect((await create({ name: "🎉".repeat(200), email: newEmail(), password })).status).toBe(
      201,
    );
  });
});
