import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { auditEventsOf, expectProblem } from "./expectations.ts";
import { createPair, get, hold, post } from "./payments.ts";

describe("POST /v1/holds/{id}/release", () => {
  test("frees the money, once, and the next read shows it", async () => {
    const pair = await createPair();
    const [id, key] = [await hold(pair, 300), randomUUID()];
    expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body.held).toBe(300);
    const answer = await post(pair.alice.token, `/holds/${id}/release`, undefined, key);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: "released",
      captured_amount: 0,
      transfer_id: null,
    });
    expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body).toMatchObject({
      held: 0,
      available: 1_000,
    });
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "hold.release", target_id: id, outcome: "success" },
    ]);
    const again = await post(pair.alice.token, `/holds/${id}/release`, {}, key);
    expect([again.text, again.headers.get("Idempotency-Replayed")]).toEqual([answer.text, "true"]);
    expectProblem(await post(pair.alice.token, `/holds/${id}/release`), "hold_not_active");
  });
});
