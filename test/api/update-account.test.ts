import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectInvalid, expectProblem } from "./expectations.ts";

const update = async (id: string, body: object): Promise<ApiAnswer> =>
  request("PATCH", `/v1/accounts/${id}`, { token: (await admin()).token, body });

describe("PATCH /v1/accounts/{id}", () => {
  test("changes what is given and keeps the rest, and the next read shows it", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 100 });
    await request("GET", `/v1/accounts/${id}`, { token: ada.token });
    const answer = await update(id, { name: "Rainy days", overdraft_limit: 50 });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      name: "Rainy days",
      overdraft_limit: 50,
      available: 150,
      status: "active",
    });
    expect((await request("GET", `/v1/accounts/${id}`, { token: ada.token })).text).toBe(
      answer.text,
    );
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "account.update", target_id: id },
    ]);
  });

  test("a frozen account receives, but pays nothing", async () => {
    const ada = await createCustomer();
    const [frozen, other] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada, { balance: 100 }),
    ];
    await update(frozen, { status: "frozen" });
    const pay = (debit_account_id: string, credit_account_id: string): Promise<ApiAnswer> =>
      request("POST", "/v1/transfers", {
        token: ada.token,
        key: randomUUID(),
        body: { debit_account_id, credit_account_id, amount: 1 },
      });
    expect((await pay(frozen, other)).body).toMatchObject({ code: "account_frozen" });
    expect((await pay(other, frozen)).status).toBe(201);
  });

  test("closes an empty account for ever, and no other", async () => {
    const ada = await createCustomer();
    const funded = await bank.createAccount(ada, { balance: 1 });
    expectProblem(await update(funded, { status: "closed" }), "account_not_empty");
    const empty = await bank.createAccount(ada);
    expect((await update(empty, { status: "closed" })).body).toMatchObject({ status: "closed" });
    expectProblem(await update(empty, { status: "active" }), "account_closed");
  });

  test("ends the overdraft with the account: nothing is available on a closed one", async () => {
    const id = await bank.createAccount(await createCustomer(), { overdraft_limit: 500 });
    expectInvalid(await update(id, { status: "closed", overdraft_limit: 1 }), ["overdraft_limit"]);
    const closed = { status: "closed", balance: 0, held: 0, available: 0, overdraft_limit: 0 };
    expect((await update(id, { status: "closed" })).body).toMatchObject(closed);
    const read = await request("GET", `/v1/accounts/${id}`, { token: (await admin()).token });
    expect(read.body).toMatchObject(closed);
  });

  test("refuses a limit with which `available` could not be told exactly", async () => {
    const id = await bank.createAccount(await createCustomer(), { balance: 1 });
    expectProblem(
      await update(id, { overdraft_limit: Number.MAX_SAFE_INTEGER }),
      "balance_out_of_range",
    );
  });

  test.each([
    [{}, [""]],
    [{ status: "deleted" }, ["status"]],
    [{ overdraft_limit: -1 }, ["overdraft_limit"]],
    [{ name: "x", balance: 0 }, ["balance"]],
    [{ name: "x", currency: "EUR" }, ["currency"]],
    [{ name: null }, ["name"]],
  ])("refuses %j", async (body, paths) => {
    expectInvalid(await update(await bank.createAccount(await createCustomer()), body), paths);
  });

  test("of none is not found", async () => {
    expectProblem(await update(randomUUID(), { name: "x" }), "not_found");
  });
});
