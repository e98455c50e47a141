import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import {
  auditEventsOf,
  expectInvalid,
  expectProblem,
  utc_microseconds,
  uuid_v7,
} from "./expectations.ts";

async function twoCustomers(balance = 10_000) {
  const [alice, bob] = await Promise.all([createCustomer("Alice"), createCustomer("Bob")]);
  const [debit_account_id, credit_account_id] = await Promise.all([
    bank.createAccount(alice, { balance }),
    bank.createAccount(bob),
  ]);
  return { alice, bob, debit_account_id, credit_account_id };
}

const transfer = (token: string, body: object, key: string = randomUUID()): Promise<ApiAnswer> =>
  request("POST", "/v1/transfers", { token, key, body });

const balanceOf = async (token: string, id: string): Promise<number> =>
  ((await request("GET", `/v1/accounts/${id}`, { token })).body as { balance: number }).balance;

describe("POST /v1/transfers", () => {
  test("moves the money and answers the posted transfer", async () => {
    const { alice, bob, debit_account_id, credit_account_id } = await twoCustomers();
    const order = {
      debit_account_id,
      credit_account_id,
      amount: 1_250,
      currency: "USD",
      description: "Invoice 4711 – für Zoë 🎉",
      metadata: { invoice: "4711", urgent: true, rate: 1.5, none: null },
    };
    const answer = await transfer(alice.token, order, "posted-once");
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get("Content-Type")).toBe("application/json");
    expect(answer.headers.get("Idempotency-Replayed")).toBeNull();
    expect(answer.body).toEqual({
      ...order,
      id: expect.stringMatching(uuid_v7) as string,
      kind: "transfer",
      status: "posted",
      code: null,
      idempotency_key: "posted-once",
      hold_id: null,
      reverses_transfer_id: null,
      reversed_by_transfer_ids: [],
      created_by: alice.user_id,
      created_at: expect.stringMatching(utc_microseconds) as string,
    });
    expect(await balanceOf(alice.token, debit_account_id)).toBe(8_750);
    expect(await balanceOf(bob.token, credit_account_id)).toBe(1_250);
    const { id } = answer.body as { id: string };
    expect(await auditEventsOf(answer)).toEqual([
      {
        actor_id: alice.user_id,
        action: "transfer.create",
        outcome: "success",
        code: null,
        target_type: "transfer",
        target_id: id,
      },
    ]);
  });

  test("passes the largest amount through without rounding it", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers(
      Number.MAX_SAFE_INTEGER,
    );
    const answer = await transfer(alice.token, {
      debit_account_id,
      credit_account_id,
      amount: Number.MAX_SAFE_INTEGER,
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.text).toContain(":9007199254740991,");
  });

  test("declines what the account does not have, stores the decline, and answers it again", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers(100);
    const order = { debit_account_id, credit_account_id, amount: 101 };
    const answer = await transfer(alice.token, order, "declined-once");
    const { transfer_id } = answer.body as { transfer_id: string };
    expectProblem(answer, "insufficient_funds", { transfer_id });
    const stored = await request("GET", `/v1/transfers/${transfer_id}`, { token: alice.token });
    expect(stored.body).toMatchObject({
      status: "declined",
      code: "insufficient_funds",
      amount: 101,
    });

    const again = await transfer(alice.token, order, "declined-once");
    expectProblem(again, "insufficient_funds", { transfer_id });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await balanceOf(alice.token, debit_account_id)).toBe(100);
  });

  test("answers the same key and the same request with the same answer, however it is spelled", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const first = await transfer(
      alice.token,
      { debit_account_id, credit_account_id, amount: 1 },
      "same",
    );
    const again = await transfer(
      alice.token,
      (`{ "amount" : 1,\n "credit_account_id":"${credit_account_id.toUpperCase()}", ` +
        `"debit_account_id":"${debit_account_id}" }`) as unknown as object,
      "same",
    );
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await balanceOf(alice.token, debit_account_id)).toBe(9_999);
  });

  test("refuses the same key with another request, and moves nothing", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    await transfer(alice.token, { debit_account_id, credit_account_id, amount: 1 }, "once");
    const other = await transfer(
      alice.token,
      { debit_account_id, credit_account_id, amount: 2 },
      "once",
    );
    expectProblem(other, "idempotency_key_reused");
    expect(await balanceOf(alice.token, debit_account_id)).toBe(9_999);
  });

  test("takes the same key of another customer for another key", async () => {
    const { alice, bob, debit_account_id, credit_account_id } = await twoCustomers();
    await transfer(alice.token, { debit_account_id, credit_account_id, amount: 10 }, "shared");
    const back = {
      debit_account_id: credit_account_id,
      credit_account_id: debit_account_id,
      amount: 4,
    };
    const answer = await transfer(bob.token, back, "shared");
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get("Idempotency-Replayed")).toBeNull();
  });

  test("answers a debit of another customer's account as one of an account that does not exist, and audits both", async () => {
    const { bob, debit_account_id, credit_account_id } = await twoCustomers();
    const foreign = await transfer(bob.token, { debit_account_id, credit_account_id, amount: 1 });
    const missing_id = randomUUID();
    const missing = await transfer(bob.token, {
      debit_account_id: missing_id,
      credit_account_id,
      amount: 1,
    });
    expectProblem(foreign, "not_found");
    expectProblem(missing, "not_found");
    const refusal = {
      actor_id: bob.user_id,
      action: "access.refuse",
      outcome: "failure",
      code: "not_found",
      target_type: "account",
    };
    expect(await auditEventsOf(foreign)).toEqual([{ ...refusal, target_id: debit_account_id }]);
    expect(await auditEventsOf(missing)).toEqual([{ ...refusal, target_id: missing_id }]);
  });

  test("claims no key for what was refused before the ledger", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const order = { debit_account_id, credit_account_id, amount: 1 };
    expectInvalid(await transfer(alice.token, { ...order, amount: 0 }, "unclaimed"), ["amount"]);
    expectProblem(
      await transfer(alice.token, { ...order, debit_account_id: randomUUID() }, "unclaimed"),
      "not_found",
    );
    expect((await transfer(alice.token, order, "unclaimed")).status).toBe(201);
  });

  test("an admin may debit any customer's account, under keys of its own", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const { token, user_id } = await admin();
    const key = randomUUID();
    await transfer(alice.token, { debit_account_id, credit_account_id, amount: 10 }, key);
    const answer = await transfer(token, { debit_account_id, credit_account_id, amount: 5 }, key);
    expect(answer.body).toMatchObject({ status: "posted", created_by: user_id });
  });

  test("is known by its key when the answer was lost", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const key = `lost-${randomUUID()}`;
    await transfer(alice.token, { debit_account_id, credit_account_id, amount: 3 }, key);
    const found = await request("GET", `/v1/transfers?idempotency_key=${key}`, {
      token: alice.token,
    });
    expect((found.body as { data: unknown[] }).data).toMatchObject([
      { amount: 3, idempotency_key: key },
    ]);
  });

  test("waits no longer than the lock timeout for the same key, and says that it is in use", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const other = await bank.session("superuser");
    try {
      await other.query("begin");
      // As another call with the key does that is not done yet.
      await other.query("select pg_advisory_xact_lock(hashtext('held'), uuid_hash($1))", [
        alice.customer_id,
      ]);
      const answer = await transfer(
        alice.token,
        { debit_account_id, credit_account_id, amount: 1 },
        "held",
      );
      expectProblem(answer, "idempotency_key_in_use");
      expect(answer.headers.get("Retry-After")).toBe("1");
    } finally {
      await other.query("rollback");
    }
  });

  test("answers 503 with Retry-After while an account is locked, and does it when asked again", async () => {
    const { alice, debit_account_id, credit_account_id } = await twoCustomers();
    const order = { debit_account_id, credit_account_id, amount: 1 };
    const other = await bank.session("superuser");
    try {
      await other.query("begin");
      await other.query("select from bank.accounts where id = $1 for update", [debit_account_id]);
      const answer = await transfer(alice.token, order, "locked");
      expectProblem(answer, "service_unavailable");
      expect(answer.headers.get("Retry-After")).toBe("1");
    } finally {
      await other.query("rollback");
    }
    expect((await transfer(alice.token, order, "locked")).status).toBe(201);
    const [{ count } = { count: "" }] = await bank.sql<{ count: string }>(
      "select count(*) from bank.transfers where idempotency_scope = $1 " +
        "and idempotency_key = 'locked'",
      [alice.customer_id],
    );
    expect(count).toBe("1");
  });
});
