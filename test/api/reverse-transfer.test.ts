import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";
import { createPair, get, order, post, type Pair } from "./payments.ts";

const moved = async (pair: Pair, amount = 500): Promise<string> =>
  (await post(pair.alice.token, "/transfers", order(pair, amount))).body.id as string;

const reverse = async (id: string, body?: object, key?: string): Promise<ApiAnswer> =>
  post((await admin()).token, `/transfers/${id}/reverse`, body, key);

describe("POST /v1/transfers/{id}/reverse", () => {
  test("takes the money back, in parts, and the transfers name each other", async () => {
    const pair = await createPair();
    const id = await moved(pair);
    const part = await reverse(id, { amount: 200, description: "Mistake" });
    expect(part.status, part.text).toBe(201);
    expect(part.body).toMatchObject({
      kind: "reversal",
      status: "posted",
      amount: 200,
      debit_account_id: pair.to,
      credit_account_id: pair.from,
      reverses_transfer_id: id,
      description: "Mistake",
    });
    expect(await auditEventsOf(part)).toMatchObject([
      { action: "transfer.reverse", outcome: "success", target_id: id },
    ]);
    const rest = await reverse(id);
    expect(rest.body.amount).toBe(300);
    const original = await get(pair.alice.token, `/transfers/${id}`);
    expect(original.body.reversed_by_transfer_ids).toEqual([part.body.id, rest.body.id]);
    expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body.balance).toBe(1_000);
    expect((await get(pair.bob.token, `/accounts/${pair.to}`)).body.balance).toBe(0);
  });

  test("goes below the limit only by force", async () => {
    const pair = await createPair();
    const id = await moved(pair);
    await post(pair.bob.token, "/transfers", order({ from: pair.to, to: pair.from }, 400));
    const declined = await reverse(id);
    expectProblem(declined, "insufficient_funds", { transfer_id: declined.body.transfer_id });
    expect((await reverse(id, { force: true })).status).toBe(201);
    expect((await get(pair.bob.token, `/accounts/${pair.to}`)).body).toMatchObject({
      balance: -400,
      available: -400,
    });
  });

  test("by the same key takes place once", async () => {
    const pair = await createPair();
    const [id, key] = [await moved(pair), randomUUID()];
    const first = await reverse(id, { amount: 10 }, key);
    const again = await reverse(id, { amount: 10 }, key);
    expect([again.text, again.headers.get("Idempotency-Replayed")]).toEqual([first.text, "true"]);
    expectProblem(await reverse(id, { amount: 10, force: true }, key), "idempotency_key_reused");
  });

  test("is refused to customers", async () => {
    const pair = await createPair();
    const id = await moved(pair);
    expectProblem(await post(pair.alice.token, `/transfers/${id}/reverse`), "forbidden");
  });
});
