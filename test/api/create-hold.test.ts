import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  auditEventsOf,
  expectInvalid,
  expectProblem,
  utc_microseconds,
  uuid_v7,
} from "./expectations.ts";
import { createPair, get, order, post } from "./payments.ts";

describe("POST /v1/holds", () => {
  test("reserves the money and answers the active hold", async () => {
    const { alice, from, to } = await createPair();
    await get(alice.token, `/accounts/${from}`);
    const body = order({ from, to }, 300, {
      currency: "USD",
      description: "Hotel",
      metadata: { room: 12 },
    });
    const answer = await post(alice.token, "/holds", { ...body, expires_in_seconds: 60 });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toEqual({
      ...body,
      id: expect.stringMatching(uuid_v7) as string,
      captured_amount: 0,
      status: "active",
      transfer_id: null,
      created_by: alice.user_id,
      expires_at: expect.stringMatching(utc_microseconds) as string,
      created_at: expect.stringMatching(utc_microseconds) as string,
    });
    const { expires_at, created_at } = answer.body as { expires_at: string; created_at: string };
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(60_000);
    expect((await get(alice.token, `/accounts/${from}`)).body).toMatchObject({
      balance: 1_000,
      held: 300,
      available: 700,
    });
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "hold.create", outcome: "success" },
    ]);
  });

  test("lasts 7 days unless it is told, and 31 at the most", async () => {
    const pair = await createPair();
    const lasts = async (more: object): Promise<number> => {
      const { body } = await post(pair.alice.token, "/holds", order(pair, 1, more));
      return (Date.parse(body.expires_at) - Date.parse(body.created_at)) / 86_400_000;
    };
    expect(await lasts({})).toBe(7);
    expect(await lasts({ expires_in_seconds: 31 * 86_400 })).toBe(31);
    for (const expires_in_seconds of [31 * 86_400 + 1, 0, -1, 1.5, "60", null])
      expectInvalid(
        await post(pair.alice.token, "/holds", order(pair, 1, { expires_in_seconds })),
        ["expires_in_seconds"],
      );
  });

  test("answers the same key the same again, also a decline, and refuses it for another request", async () => {
    const pair = await createPair();
    for (const [amount, status] of [
      [600, 201],
      [5_000, 422],
    ] as const) {
      const key = randomUUID();
      const first = await post(pair.alice.token, "/holds", order(pair, amount), key);
      const again = await post(pair.alice.token, "/holds", order(pair, amount), key);
      expect([first.status, again.status]).toEqual([status, status]);
      expect(again.headers.get("Idempotency-Replayed")).toBe("true");
      expect({ ...again.body, request_id: "" }).toEqual({ ...first.body, request_id: "" });
      expectProblem(
        await post(pair.alice.token, "/holds", order(pair, amount + 1), key),
        "idempotency_key_reused",
      );
    }
    expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body.held).toBe(600);
  });

  test("a cached account shows the money again when the hold has expired", async () => {
    const pair = await createPair();
    await post(pair.alice.token, "/holds", order(pair, 400, { expires_in_seconds: 1 }));
    const readHeld = async (): Promise<number> =>
      (await get(pair.alice.token, `/accounts/${pair.from}`)).body.held;
    expect(await readHeld()).toBe(400);
    await expect.poll(readHeld, { timeout: 5_000, interval: 50 }).toBe(0);
  });

  test("needs a key", async () => {
    const pair = await createPair();
    expectProblem(
      await post(pair.alice.token, "/holds", order(pair, 1), ""),
      "idempotency_key_invalid",
    );
  });
});
