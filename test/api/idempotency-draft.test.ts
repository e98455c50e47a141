import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bank, request } from "../harness/api.ts";
import { expectInvalid, expectProblem } from "./expectations.ts";
import { createPair, get, order, post, stateOf } from "./payments.ts";

/*
 * The scenarios of the IETF draft "The Idempotency-Key HTTP Header Field", sections 2.2 to 2.7, on
 * POST /v1/transfers. docs/correctness.md lists where the bank differs from the draft on purpose.
 *
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */

const isReplayed = ({ headers }: { headers: Headers }): boolean =>
  headers.get("Idempotency-Replayed") === "true";

describe("the draft's scenarios", () => {
  test("the first request with a key is executed", async () => {
    const pair = await createPair();
    const first = await post(pair.alice.token, "/transfers", order(pair, 10));
    expect([first.status, isReplayed(first)], first.text).toEqual([201, false]);
  });

  test("a retry after the first was answered gets the same result, and nothing moves again", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const first = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const state = await stateOf(pair);
    const again = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    expect([again.status, again.text, isReplayed(again)]).toEqual([first.status, first.text, true]);
    expect(await stateOf(pair)).toEqual(state);
  });

  test("a retry of a request that was declined gets the same error", async () => {
    const pair = await createPair(5);
    const key = randomUUID();
    const first = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const again = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    expect([first.status, first.body.code]).toEqual([422, "insufficient_funds"]);
    expect([again.status, again.body.transfer_id]).toEqual([422, first.body.transfer_id]);
    expect(isReplayed(again)).toBe(true);
  });

  test("a request without the key that it needs is 400", async () => {
    const pair = await createPair();
    const state = await stateOf(pair);
    const asked = { token: pair.alice.token, body: order(pair, 10) };
    expectProblem(await request("POST", "/v1/transfers", asked), "idempotency_key_required");
    expect(await stateOf(pair)).toEqual(state);
  });

  test("a key that is used again with another payload is 422", async () => {
    const pair = await createPair();
    const key = randomUUID();
    await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const state = await stateOf(pair);
    expectProblem(
      await post(pair.alice.token, "/transfers", order(pair, 11), key),
      "idempotency_key_reused",
    );
    expect(await stateOf(pair)).toEqual(state);
  });

  test("a request whose key is still in use past the limit is 409", async () => {
    const pair = await createPair();
    const other = await bank.session("superuser");
    try {
      await other.query("begin");
      // As another call with this key that has not ended.
      await other.query("select pg_advisory_xact_lock(hashtext('busy'), uuid_hash($1))", [
        pair.alice.customer_id,
      ]);
      const answer = await post(pair.alice.token, "/transfers", order(pair, 10), "busy");
      expectProblem(answer, "idempotency_key_in_use");
      expect(answer.headers.get("Retry-After")).toBe("1");
    } finally {
      await other.query("rollback");
    }
    expect((await post(pair.alice.token, "/transfers", order(pair, 10), "busy")).status).toBe(201);
  });
});

describe("where the bank differs from the draft on purpose", () => {
  test("two at once: the second waits for the first and gets its answer, instead of a 409", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(pair.alice.token, "/transfers", order(pair, 10), key)),
    );
    expect(new Set(answers.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
    const { body } = await get(pair.alice.token, `/transfers?idempotency_key=${key}`);
    expect(body.data).toHaveLength(1);
  });

  test("an error from before the ledger is not kept: the same key may be used for the corrected request", async () => {
    const pair = await createPair();
    const key = randomUUID();
    expectInvalid(await post(pair.alice.token, "/transfers", order(pair, 0), key), ["amount"]);
    const corrected = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    expect([corrected.status, isReplayed(corrected)], corrected.text).toEqual([201, false]);
  });

  test("a key is any text of visible ASCII, and quotes belong to it", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const plain = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const quoted = await post(pair.alice.token, "/transfers", order(pair, 10), `"${key}"`);
    expect([plain.status, quoted.status, isReplayed(quoted)]).toEqual([201, 201, false]);
    expect(quoted.body.id).not.toBe(plain.body.id);
  });

  test("the payload is compared by its meaning: the order of its members does not count", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const first = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const turned = Object.fromEntries(Object.entries(order(pair, 10)).reverse());
    const again = await post(pair.alice.token, "/transfers", turned, key);
    expect([again.text, isReplayed(again)]).toEqual([first.text, true]);
  });

  test("the same key of somebody else is another key", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const first = await post(pair.alice.token, "/transfers", order(pair, 10), key);
    const back = { debit_account_id: pair.to, credit_account_id: pair.from, amount: 10 };
    const other = await post(pair.bob.token, "/transfers", back, key);
    expect([first.status, other.status, isReplayed(other)], other.text).toEqual([201, 201, false]);
  });
});
