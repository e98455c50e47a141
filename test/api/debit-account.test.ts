import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";

const debit = async (id: string, body: object, key: string = randomUUID()): Promise<ApiAnswer> =>
  request("POST", `/v1/accounts/${id}/debit`, { token: (await admin()).token, key, body });

describe("POST /v1/accounts/{id}/debit", () => {
  test("takes money out, and the next read shows it", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 300 });
    await request("GET", `/v1/accounts/${id}`, { token: ada.token });
    const answer = await debit(id, { amount: 100 });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({
      kind: "debit",
      status: "posted",
      debit_account_id: id,
      amount: 100,
    });
    const account = await request("GET", `/v1/accounts/${id}`, { token: ada.token });
    expect(account.body).toMatchObject({ balance: 200, version: 2 });
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "account.debit", outcome: "success" },
    ]);
  });

  test("goes to the overdraft limit and no further", async () => {
    const id = await bank.createAccount(await createCustomer(), { overdraft_limit: 50 });
    expect((await debit(id, { amount: 50 })).status).toBe(201);
    const answer = await debit(id, { amount: 1 });
    expectProblem(answer, "insufficient_funds", {
      transfer_id: (answer.body as { transfer_id: string }).transfer_id,
    });
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "account.debit", outcome: "failure", code: "insufficient_funds" },
    ]);
  });

  test("is another request than a credit with the same key and body", async () => {
    const id = await bank.createAccount(await createCustomer(), { balance: 10 });
    const key = randomUUID();
    await debit(id, { amount: 1 }, key);
    const { token } = await admin();
    const credit = await request("POST", `/v1/accounts/${id}/credit`, {
      token,
      key,
      body: { amount: 1 },
    });
    expectProblem(credit, "idempotency_key_reused");
  });
});
