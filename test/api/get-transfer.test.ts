import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";

async function transferBetween(amount: number) {
  const [payer, payee, stranger] = await Promise.all([
    createCustomer(),
    createCustomer(),
    createCustomer(),
  ]);
  const debit_account_id = await bank.createAccount(payer, { balance: 100 });
  const credit_account_id = await bank.createAccount(payee);
  const { body } = await request("POST", "/v1/transfers", {
    token: payer.token,
    key: randomUUID(),
    body: { debit_account_id, credit_account_id, amount },
  });
  const { id, transfer_id } = body as { id?: string; transfer_id?: string };
  return { payer, payee, stranger, id: id ?? transfer_id ?? "" };
}

const get = (id: string, token: string) => request("GET", `/v1/transfers/${id}`, { token });

describe("GET /v1/transfers/{id}", () => {
  test("shows a posted transfer to both sides and to admins, and to nobody else", async () => {
    const { payer, payee, stranger, id } = await transferBetween(40);
    const seen = await Promise.all([
      get(id, payer.token),
      get(id, payee.token),
      get(id, (await admin()).token),
    ]);
    for (const answer of seen)
      expect(answer.body).toMatchObject({ id, amount: 40, status: "posted" });
    const refused = await get(id, stranger.token);
    expectProblem(refused, "not_found");
    expect(await auditEventsOf(refused)).toMatchObject([
      {
        actor_id: stranger.user_id,
        action: "access.refuse",
        target_type: "transfer",
        target_id: id,
      },
    ]);
  });

  test("keeps a decline from the payee", async () => {
    const { payer, payee, id } = await transferBetween(101);
    expect((await get(id, payer.token)).body).toMatchObject({
      status: "declined",
      code: "insufficient_funds",
    });
    expectProblem(await get(id, payee.token), "not_found");
  });

  test("answers a missing id and one that is no id alike", async () => {
    const { payer } = await transferBetween(1);
    expectProblem(await get(randomUUID(), payer.token), "not_found");
    expectProblem(await get("42", payer.token), "not_found");
  });
});
