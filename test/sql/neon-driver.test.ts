import { neonConfig } from "@neondatabase/serverless";
import { Client, DatabaseError } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAs, openDatabase } from "../../src/database/call.ts";
import type { Env } from "../../src/env.ts";
import { admin, bank, createCustomer } from "../harness/api.ts";

let connection: Client;

/** Stands for Neon's proxy, which is no part of the bank: its answers come from the real database. */
beforeAll(async () => {
  connection = await bank.session("superuser");
  neonConfig.fetchFunction = answerAsNeon;
});
afterAll(() => {
  neonConfig.fetchFunction = undefined;
});

const sent: string[] = [];

/** Neon answers cells as Postgres wrote them, and an error as its fields. */
async function answerAsNeon(_url: string, init: { readonly body: string }): Promise<Response> {
  const { query, params } = JSON.parse(init.body) as { query: string; params: string[] };
  sent.push(query);
  try {
    const types = { getTypeParser: () => (text: string) => text };
    const { command, rowCount, fields, rows } = await connection.query({
      text: query,
      values: params,
      rowMode: "array",
      types,
    });
    return Response.json({ command, rowCount, fields, rows });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const { message, code, detail, severity } = error;
    return Response.json({ message, code, detail, severity }, { status: 400 });
  }
}

/** The Worker's settings without Hyperdrive; what else is in them no database call reads. */
const env = { DATABASE_URL: inject("bank_api_url") } as Env;

const actorOf = ({
  user_id,
  role,
  customer_id,
}: {
  user_id: string;
  role: "admin" | "customer";
  customer_id: string | null;
}) => ({
  user_id,
  role,
  customer_id,
  request_id: "neon",
  ip: null,
});

test("a transfer over HTTP is one statement, and is the same transfer again under its key", async () => {
  const [alice, bob] = [await createCustomer(), await createCustomer()];
  const debit_account_id = await bank.createAccount(alice, { balance: 100 });
  const credit_account_id = await bank.createAccount(bob);
  const order = { idempotency_key: "neon-1", debit_account_id, credit_account_id, amount: 40 };
  sent.length = 0;

  const first = await callAs(openDatabase(env), actorOf(alice), "create_transfer", order);
  const again = await callAs(openDatabase(env), actorOf(alice), "create_transfer", order);

  expect(sent).toHaveLength(2);
  expect(sent[0]).toContain("now()");
  expect(first).toMatchObject({ code: null, replayed: false });
  expect(again).toMatchObject({ code: null, replayed: true, body: first.body });
  expect([...first.changed].sort()).toEqual(
    [
      `account:${debit_account_id}`,
      `account:${credit_account_id}`,
      `accounts:${alice.customer_id}`,
      `accounts:${bob.customer_id}`,
    ].sort(),
  );
  expect(await bank.verify()).toEqual([]);
});

test("what a function refuses is the same error as over pg", async () => {
  const missing = { account_id: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" };
  const call = callAs(openDatabase(env), actorOf(await admin()), "get_account", missing);
  await expect(call).rejects.toMatchObject({ code: "not_found" });
});

test("a login that the server refuses is service_unavailable, as over pg", async () => {
  neonConfig.fetchFunction = async () => {
    const url = Object.assign(new URL(inject("bank_api_url")), { password: "of-last-week" });
    const client = new Client({ connectionString: url.href });
    const { message, code, severity } = await client.connect().then(
      () => new DatabaseError("The server lets in anybody.", 0, "error"),
      (error: unknown) => error as DatabaseError,
    );
    return Response.json({ message, code, severity }, { status: 400 });
  };
  try {
    const call = callAs(openDatabase(env), actorOf(await admin()), "get_me", {});
    await expect(call).rejects.toMatchObject({
      code: "service_unavailable",
      cause: { name: "DatabaseClosed", message: expect.stringContaining("refuses the login") as unknown },
    });
  } finally {
    neonConfig.fetchFunction = answerAsNeon;
  }
});

test("a proxy that is away is service_unavailable", async () => {
  const working = neonConfig.fetchFunction as typeof answerAsNeon;
  neonConfig.fetchFunction = () => Promise.reject(new TypeError("fetch failed"));
  try {
    const call = callAs(openDatabase(env), actorOf(await admin()), "get_me", {});
    await expect(call).rejects.toMatchObject({ code: "service_unavailable" });
  } finally {
    neonConfig.fetchFunction = working;
  }
});
