import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { auditEventsOf, expectInvalid, expectProblem } from "./expectations.ts";
import { createPair, get, order, post, stateOf, type Pair } from "./payments.ts";

const items = (pair: Pair, ...amounts: number[]): object[] =>
  amounts.map((amount) => order(pair, amount));

describe("POST /v1/transfers/batch", () => {
  test("answers what became of each, in the order given", async () => {
    const pair = await createPair();
    const { alice, bob, from, to } = pair;
    await Promise.all([get(alice.token, `/accounts/${from}`), get(bob.token, `/accounts/${to}`)]);
    const foreign = order({ from: to, to: from }, 1);
    const answer = await post(alice.token, "/transfers/batch", {
      transfers: [...items(pair, 600, 500), foreign, ...items(pair, 400)],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.outcomes).toEqual([
      {
        status: "posted",
        code: null,
        transfer: expect.objectContaining({ amount: 600, status: "posted" }),
      },
      {
        status: "declined",
        code: "insufficient_funds",
        transfer: expect.objectContaining({ amount: 500, status: "declined" }),
      },
      { status: "declined", code: "not_found", transfer: null },
      { status: "posted", code: null, transfer: expect.objectContaining({ amount: 400 }) },
    ]);
    expect((await get(alice.token, `/accounts/${from}`)).body.balance).toBe(0);
    expect((await get(bob.token, `/accounts/${to}`)).body.balance).toBe(1_000);
    const { transfer } = answer.body.outcomes[0] as { transfer: { id: string } };
    expect((await get(alice.token, `/transfers/${transfer.id}`)).body).toEqual(transfer);
    expect(await auditEventsOf(answer)).toHaveLength(4);
  });

  test("an atomic batch with one declined transfer is batch_declined with all outcomes, stores nothing, and is replayed", async () => {
    const pair = await createPair();
    const [before, key] = [await stateOf(pair), randomUUID()];
    const body = { transfers: items(pair, 1, 5_000), atomic: true };
    const answer = await post(pair.alice.token, "/transfers/batch", body, key);
    const outcomes = [
      { status: "declined", code: "batch_declined", transfer: null },
      { status: "declined", code: "insufficient_funds", transfer: null },
    ];
    expectProblem(answer, "batch_declined", { outcomes });
    expect(await stateOf(pair)).toEqual(before);
    expect((await get(pair.alice.token, `/transfers?idempotency_key=${key}`)).body.data).toEqual(
      [],
    );
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "transfer.create", outcome: "failure", code: "batch_declined" },
    ]);
    const again = await post(pair.alice.token, "/transfers/batch", body, key);
    expectProblem(again, "batch_declined", { outcomes });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    const other = await post(pair.alice.token, "/transfers/batch", { ...body, atomic: false }, key);
    expectProblem(other, "idempotency_key_reused");
  });

  test("takes 500, and all of them are found by the key", async () => {
    const pair = await createPair();
    const key = randomUUID();
    const transfers = items(pair, ...Array.from({ length: 500 }, () => 2));
    const answer = await post(
      pair.alice.token,
      "/transfers/batch",
      { transfers, atomic: true },
      key,
    );
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body.balance).toBe(0);
    const found = await get(pair.alice.token, `/transfers?idempotency_key=${key}&limit=100`);
    expect(found.body.data).toHaveLength(100);
    expect(found.body.next_cursor).not.toBeNull();
  });

  test.each<[string, (pair: Pair) => unknown, string[]]>([
    ["no transfer", () => ({ transfers: [] }), ["transfers"]],
    [
      "501 transfers",
      (pair) => ({ transfers: items(pair, ...Array.from({ length: 501 }, () => 1)) }),
      ["transfers"],
    ],
    [
      "one bad item, by its index",
      (pair) => ({ transfers: items(pair, 1, 0, 1) }),
      ["transfers.1.amount"],
    ],
    [
      "two bad items, by theirs",
      (pair) => ({ transfers: items(pair, -1, 1, 1.5) }),
      ["transfers.0.amount", "transfers.2.amount"],
    ],
    [
      "an unknown member of an item",
      (pair) => ({ transfers: [order(pair, 1, { x: 1 })] }),
      ["transfers.0.x"],
    ],
    [
      "atomic that is no boolean",
      (pair) => ({ transfers: items(pair, 1), atomic: "true" }),
      ["atomic"],
    ],
    ["transfers that are no list", (pair) => ({ transfers: order(pair, 1) }), ["transfers"]],
  ])("refuses %s, moves nothing and claims no key", async (_what, bodyOf, paths) => {
    const pair = await createPair();
    const [before, key] = [await stateOf(pair), randomUUID()];
    expectInvalid(await post(pair.alice.token, "/transfers/batch", bodyOf(pair), key), paths);
    expect(await stateOf(pair)).toEqual(before);
    expect(
      (await post(pair.alice.token, "/transfers/batch", { transfers: items(pair, 1) }, key)).status,
    ).toBe(200);
  });
});
