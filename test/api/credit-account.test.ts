import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectInvalid, expectProblem } from "./expectations.ts";

const credit = async (id: string, body: object, key: string = randomUUID()): Promise<ApiAnswer> =>
  request("POST", `/v1/accounts/${id}/credit`, { token: (await admin()).token, key, body });

describe("POST /v1/accounts/{id}/credit", () => {
  test("brings money in, once for a key, and the next read shows it", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada);
    await request("GET", `/v1/accounts/${id}`, { token: ada.token });
    const key = randomUUID();
    const answer = await credit(id, { amount: 250, description: "Cash" }, key);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({
      kind: "credit",
      status: "posted",
      credit_account_id: id,
      amount: 250,
      currency: "USD",
    });
    const again = await credit(id, { description: "Cash", amount: 250 }, key);
    expect(again.text).toBe(answer.text);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    const account = await request("GET", `/v1/accounts/${id}`, { token: ada.token });
    expect(account.body).toMatchObject({ balance: 250, version: 1 });
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "account.credit", outcome: "success" },
    ]);
  });

  test("declines what would leave the range of exact integers", async () => {
    const id = await bank.createAccount(await createCustomer(), {
      balance: Number.MAX_SAFE_INTEGER,
    });
    const answer = await credit(id, { amount: 1 });
    expectProblem(answer, "balance_out_of_range", {
      transfer_id: (answer.body as { transfer_id: string }).transfer_id,
    });
  });

  test("declines a closed account", async () => {
    const id = await bank.createAccount(await createCustomer());
    await request("PATCH", `/v1/accounts/${id}`, {
      token: (await admin()).token,
      body: { status: "closed" },
    });
    expect((await credit(id, { amount: 1 })).body).toMatchObject({ code: "account_closed" });
  });

  test("refuses the key of another account's credit", async () => {
    const ada = await createCustomer();
    const key = randomUUID();
    await credit(await bank.createAccount(ada), { amount: 1 }, key);
    expectProblem(
      await credit(await bank.createAccount(ada), { amount: 1 }, key),
      "idempotency_key_reused",
    );
  });

  test("refuses a currency and an amount of nothing", async () => {
    const id = await bank.createAccount(await createCustomer());
    expectInvalid(await credit(id, { amount: 1, currency: "USD" }), ["currency"]);
    expectInvalid(await credit(id, { amount: 0 }), ["amount"]);
    expectProblem(await credit(randomUUID(), { amount: 1 }), "not_found");
  });
});
