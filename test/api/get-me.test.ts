import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";

describe("GET /v1/me", () => {
  test("shows a customer's user with its customer", async () => {
    const { token, user_id, customer_id, email } = await createCustomer("Ada Lovelace");
    const { status, body } = await request("GET", "/v1/me", { token });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: user_id,
      email,
      role: "customer",
      customer_id,
      customer: { id: customer_id, name: "Ada Lovelace", email, status: "active" },
    });
  });

  test("shows an admin without one", async () => {
    const { token, user_id } = await admin();
    const { body } = await request("GET", "/v1/me", { token });
    expect(body).toMatchObject({ id: user_id, role: "admin", customer_id: null, customer: null });
  });

  test("shows nothing of the password", async () => {
    const { token, user_id } = await createCustomer();
    const [user] = await bank.sql<{ password_hash: string }>(
      "select password_hash from bank.users where id = $1",
      [user_id],
    );
    const { text } = await request("GET", "/v1/me", { token });
    expect(text).not.toContain("password");
    expect(text).not.toContain(user?.password_hash);
  });
});
