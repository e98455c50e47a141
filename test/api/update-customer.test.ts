import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectInvalid, expectProblem } from "./expectations.ts";

const update = async (id: string, body: object): Promise<ApiAnswer> =>
  request("PATCH", `/v1/customers/${id}`, { token: (await admin()).token, body });

describe("PATCH /v1/customers/{id}", () => {
  test("changes what is given and keeps the rest, and the next read shows it", async () => {
    const { customer_id, token, email } = await createCustomer("Before");
    await request("GET", `/v1/customers/${customer_id}`, { token });
    const answer = await update(customer_id, { name: "After" });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ id: customer_id, name: "After", email, status: "active" });
    expect((await request("GET", `/v1/customers/${customer_id}`, { token })).text).toBe(
      answer.text,
    );
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "customer.update", target_id: customer_id },
    ]);
  });

  test("a frozen customer reads, receives and replays, but pays nothing", async () => {
    const [payer, payee] = await Promise.all([createCustomer(), createCustomer()]);
    const debit_account_id = await bank.createAccount(payer, { balance: 100 });
    const credit_account_id = await bank.createAccount(payee, { balance: 100 });
    const { token } = payer;
    const body = { debit_account_id, credit_account_id, amount: 1 };
    const before = await request("POST", "/v1/transfers", { token, key: "before", body });
    expect((await update(payer.customer_id, { status: "frozen" })).body).toMatchObject({
      status: "frozen",
    });

    const refused = await request("POST", "/v1/transfers", { token, key: "after", body });
    expectProblem(refused, "customer_frozen", {
      transfer_id: (refused.body as { transfer_id: string }).transfer_id,
    });
    expect((await request("POST", "/v1/transfers", { token, key: "before", body })).text).toBe(
      before.text,
    );
    const back = {
      debit_account_id: credit_account_id,
      credit_account_id: debit_account_id,
      amount: 1,
    };
    const received = await request("POST", "/v1/transfers", {
      token: payee.token,
      key: randomUUID(),
      body: back,
    });
    expect(received.status).toBe(201);
    expect((await request("GET", `/v1/accounts/${debit_account_id}`, { token })).status).toBe(200);
  });

  test.each([
    [{}, [""]],
    [{ status: "closed" }, ["status"]],
    [{ status: null }, ["status"]],
    [{ name: "" }, ["name"]],
    [{ name: "x", email: "new@edgebank.test" }, ["email"]],
  ])("refuses %j", async (body, paths) => {
    expectInvalid(await update((await createCustomer()).customer_id, body), paths);
  });

  test("of nobody is not found", async () => {
    expectProblem(await update(randomUUID(), { name: "x" }), "not_found");
  });
});
