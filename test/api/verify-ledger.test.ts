import { describe, expect, test } from "vitest";
import { admin } from "../harness/api.ts";
import { createPair, get, order, post } from "./payments.ts";

describe("GET /v1/ledger/verification", () => {
  test("says what was checked, and that nothing is broken", async () => {
    const pair = await createPair();
    await post(pair.alice.token, "/transfers", order(pair, 1));
    const answer = await get((await admin()).token, "/ledger/verification");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ ok: true, violations: [] });
    const { checked } = answer.body as { checked: Record<string, number> };
    for (const kind of ["entries", "accounts", "transfers"])
      expect(checked[kind]).toBeGreaterThan(1);
  });
});
