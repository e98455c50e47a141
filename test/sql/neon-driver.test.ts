import { neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAs, openDatabase } from "../../src/database/call.ts";
import type { Env } from "../../src/env.ts";
import { admin, bank, createCustomer } from "../harness/api.ts";
import { startNeonEndpoint, type NeonEndpoint } from "../harness/neon-endpoint.ts";

let endpoint: NeonEndpoint;

beforeAll(async () => {
  endpoint = await startNeonEndpoint(Number(new URL(inject("bank_api_url")).port));
  neonConfig.fetchEndpoint = endpoint.url;
});
afterAll(() => endpoint.stop());

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

  const first = await callAs(openDatabase(env), actorOf(alice), "create_transfer", order);
  const again = await callAs(openDatabase(env), actorOf(alice), "create_transfer", order);

  expect(endpoint.statements).toHaveLength(2);
  expect(endpoint.statements[0]).toContain("now()");
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

test("a login that the server refuses is service_unavailable, and the log says why", async () => {
  const url = Object.assign(new URL(inject("bank_api_url")), { password: "of-last-week" });
  const call = callAs(
    openDatabase({ DATABASE_URL: url.href } as Env),
    actorOf(await admin()),
    "get_me",
    {},
  );
  await expect(call).rejects.toMatchObject({
    code: "service_unavailable",
    cause: { name: "DatabaseClosed", message: expect.stringContaining("Neon refuses") as unknown },
  });
});

test("a database that does not exist is service_unavailable", async () => {
  const url = Object.assign(new URL(inject("bank_api_url")), { pathname: "/nowhere" });
  const call = callAs(
    openDatabase({ DATABASE_URL: url.href } as Env),
    actorOf(await admin()),
    "get_me",
    {},
  );
  await expect(call).rejects.toMatchObject({ code: "service_unavailable" });
});

test("an endpoint that is away is service_unavailable", async () => {
  neonConfig.fetchEndpoint = "http://127.0.0.1:9/sql";
  const call = callAs(openDatabase(env), actorOf(await admin()), "get_me", {});
  await expect(call).rejects.toMatchObject({ code: "service_unavailable" });
});
