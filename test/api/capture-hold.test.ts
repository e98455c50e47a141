import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, request } from "../harness/api.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";
import { createPair, get, hold, post } from "./payments.ts";

describe("POST /v1/holds/{id}/capture", () => {
  test.each([
    ["in full, without a body", undefined, 300],
    ["in full, with an empty one", {}, 300],
    ["in part", { amount: 120 }, 120],
  ])("%s, it answers 201 with the transfer, and frees the rest", async (_how, body, amount) => {
    const pair = await createPair();
    const { alice, bob, from, to } = pair;
    const id = await hold(pair, 300, { description: "Hotel" });
    await Promise.all([get(alice.token, `/accounts/${from}`), get(bob.token, `/accounts/${to}`)]);
    const answer = await post(alice.token, `/holds/${id}/capture`, body);
    expect(answer.status, answer.text).toBe(201);
    const moved = { kind: "capture", status: "posted", amount, hold_id: id, description: "Hotel" };
    expect(answer.body).toMatchObject(moved);
    expect((await get(alice.token, `/transfers/${answer.body.id as string}`)).text).toBe(
      answer.text,
    );
    // What is the payer's own is hidden from the payee.
    const hidden = { metadata: null, idempotency_key: null, created_by: null };
    expect((await get(bob.token, `/transfers/${answer.body.id as string}`)).body).toEqual({
      ...answer.body,
      ...hidden,
    });
    const left = { balance: 1_000 - amount, held: 0, available: 1_000 - amount };
    expect((await get(alice.token, `/accounts/${from}`)).body).toMatchObject(left);
    expect((await get(bob.token, `/accounts/${to}`)).body).toMatchObject({ balance: amount });
    const captured = {
      status: "captured",
      amount: 300,
      captured_amount: amount,
      transfer_id: answer.body.id,
    };
    expect((await get(alice.token, `/holds/${id}`)).body).toMatchObject(captured);
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "hold.capture", target_id: id, outcome: "success" },
    ]);
  });

  test("is declined with the transfer's id, stored, and the same again by its key", async () => {
    const pair = await createPair();
    const [id, key] = [await hold(pair, 300), randomUUID()];
    const answer = await post(pair.alice.token, `/holds/${id}/capture`, { amount: 301 }, key);
    const { transfer_id } = answer.body as { transfer_id: string };
    expectProblem(answer, "capture_exceeds_hold", { transfer_id });
    const stored = await get(pair.alice.token, `/transfers/${transfer_id}`);
    expect(stored.body).toMatchObject({
      kind: "capture",
      status: "declined",
      code: "capture_exceeds_hold",
    });
    const again = await post(pair.alice.token, `/holds/${id}/capture`, { amount: 301 }, key);
    expectProblem(again, "capture_exceeds_hold", { transfer_id });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect((await post(pair.alice.token, `/holds/${id}/capture`)).status).toBe(201);
  });

  test("is declined when the payee's account was closed meanwhile: the hold stays, and can be released", async () => {
    const pair = await createPair();
    const { alice, from, to } = pair;
    const id = await hold(pair, 300);
    const { token } = await admin();
    await request("PATCH", `/v1/accounts/${to}`, { token, body: { status: "closed" } });
    const { body } = await post(alice.token, `/holds/${id}/capture`);
    expect(body).toMatchObject({ status: 422, code: "account_closed" });
    expect((await get(alice.token, `/holds/${id}`)).body).toMatchObject({ status: "active" });
    expect((await post(alice.token, `/holds/${id}/release`)).status).toBe(200);
    expect((await get(alice.token, `/accounts/${from}`)).body).toMatchObject({
      held: 0,
      available: 1_000,
    });
  });

  test("an admin captures for a customer", async () => {
    const pair = await createPair();
    const id = await hold(pair, 300);
    expect((await post((await admin()).token, `/holds/${id}/capture`)).status).toBe(201);
  });
});
