import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Code } from "../../src/errors.ts";
import { admin, bank } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { createPair, expectUnchanged, get, hold, order, post, type Pair } from "./payments.ts";

interface Row {
  readonly what: string;
  /** What is there before; its answer is handed on. */
  readonly before?: (pair: Pair) => Promise<string>;
  readonly ask: (pair: Pair, id: string) => Promise<ApiAnswer>;
  readonly code: Code;
}

const transfer = async (pair: Pair, amount: number): Promise<string> => {
  const { body } = await post(pair.alice.token, "/transfers", order(pair, amount));
  return (body.id ?? body.transfer_id) as string;
};

const reverse = async (id: string, body?: object): Promise<ApiAnswer> =>
  post((await admin()).token, `/transfers/${id}/reverse`, body);

const capture = ({ alice }: Pair, id: string, body?: unknown): Promise<ApiAnswer> =>
  post(alice.token, `/holds/${id}/capture`, body);

const ended = async (pair: Pair, end: "release" | "capture"): Promise<string> => {
  const id = await hold(pair, 100);
  await post(pair.alice.token, `/holds/${id}/${end}`);
  return id;
};

const expired = async (pair: Pair): Promise<string> => {
  const id = await hold(pair, 100);
  await bank.sql("update bank.holds set expires_at = clock_timestamp() where id = $1", [id]);
  return id;
};

const holding = (pair: Pair): Promise<string> => hold(pair, 100);

const rows: readonly Row[] = [
  {
    what: "the capture of a foreign hold",
    before: holding,
    ask: ({ bob }, id) => post(bob.token, `/holds/${id}/capture`),
    code: "not_found",
  },
  { what: "the capture of no hold", ask: (pair) => capture(pair, randomUUID()), code: "not_found" },
  {
    what: "the capture of a released hold",
    before: (pair) => ended(pair, "release"),
    ask: capture,
    code: "hold_not_active",
  },
  {
    what: "the capture of a captured hold",
    before: (pair) => ended(pair, "capture"),
    ask: capture,
    code: "hold_not_active",
  },
  {
    what: "the capture of an expired hold",
    before: expired,
    ask: capture,
    code: "hold_not_active",
  },
  {
    what: "a capture of more than the hold",
    before: holding,
    ask: (pair, id) => capture(pair, id, { amount: 101 }),
    code: "capture_exceeds_hold",
  },
  ...[-1, 0, 1.5, "1", null].map((amount) => ({
    what: `a capture of ${JSON.stringify(amount)}`,
    before: holding,
    ask: (pair: Pair, id: string) => capture(pair, id, { amount }),
    code: "validation_failed" as const,
  })),
  {
    what: "a capture with an unknown member",
    before: holding,
    ask: (pair, id) => capture(pair, id, { amount: 1, currency: "USD" }),
    code: "validation_failed",
  },
  {
    what: "the release of a foreign hold",
    before: holding,
    ask: ({ bob }, id) => post(bob.token, `/holds/${id}/release`),
    code: "not_found",
  },
  {
    what: "the release of a captured hold",
    before: (pair) => ended(pair, "capture"),
    ask: ({ alice }, id) => post(alice.token, `/holds/${id}/release`),
    code: "hold_not_active",
  },
  {
    what: "the release of an expired hold",
    before: expired,
    ask: ({ alice }, id) => post(alice.token, `/holds/${id}/release`),
    code: "hold_not_active",
  },
  {
    what: "a release with a member",
    before: holding,
    ask: ({ alice }, id) => post(alice.token, `/holds/${id}/release`, { amount: 1 }),
    code: "validation_failed",
  },
  {
    what: "a hold of another's money",
    ask: ({ alice, from, to }) => post(alice.token, "/holds", order({ from: to, to: from }, 1)),
    code: "not_found",
  },
  {
    what: "a hold of more than there is",
    ask: (pair) => post(pair.alice.token, "/holds", order(pair, 1_001)),
    code: "insufficient_funds",
  },
  {
    what: "a hold for the same account",
    ask: ({ alice, from }) => post(alice.token, "/holds", order({ from, to: from }, 1)),
    code: "same_account",
  },
  {
    what: "the reversal of a reversal",
    before: async (pair) => (await reverse(await transfer(pair, 10))).body.id as string,
    ask: (_, id) => reverse(id),
    code: "transfer_not_reversible",
  },
  {
    what: "the reversal of a declined transfer",
    before: (pair) => transfer(pair, 5_000),
    ask: (_, id) => reverse(id),
    code: "transfer_not_reversible",
  },
  {
    what: "a reversal twice",
    before: async (pair) => {
      const id = await transfer(pair, 10);
      await reverse(id);
      return id;
    },
    ask: (_, id) => reverse(id),
    code: "reversal_exceeds_transfer",
  },
  {
    what: "a reversal of more than was moved",
    before: (pair) => transfer(pair, 10),
    ask: (_, id) => reverse(id, { amount: 11 }),
    code: "reversal_exceeds_transfer",
  },
  {
    what: "a reversal of a negative amount",
    before: (pair) => transfer(pair, 10),
    ask: (_, id) => reverse(id, { amount: -1 }),
    code: "validation_failed",
  },
  {
    what: "a reversal with a force that is no boolean",
    before: (pair) => transfer(pair, 10),
    ask: (_, id) => reverse(id, { force: 1 }),
    code: "validation_failed",
  },
  { what: "the reversal of no transfer", ask: () => reverse(randomUUID()), code: "not_found" },
  {
    what: "a reversal by a customer",
    before: (pair) => transfer(pair, 10),
    ask: ({ bob }, id) => post(bob.token, `/transfers/${id}/reverse`),
    code: "forbidden",
  },
  {
    what: "an empty batch",
    ask: ({ alice }) => post(alice.token, "/transfers/batch", { transfers: [] }),
    code: "validation_failed",
  },
  {
    what: "a batch that is too large",
    ask: (pair) =>
      post(pair.alice.token, "/transfers/batch", {
        transfers: Array.from({ length: 501 }, () => order(pair, 1)),
      }),
    code: "validation_failed",
  },
  {
    what: "an atomic batch with the same account on both sides",
    ask: (pair) =>
      post(pair.alice.token, "/transfers/batch", {
        transfers: [order(pair, 1), order({ from: pair.from, to: pair.from }, 1)],
        atomic: true,
      }),
    code: "batch_declined",
  },
  {
    what: "an atomic batch with two currencies in one item",
    before: ({ bob }) => bank.createAccount(bob, { currency: "EUR" }),
    ask: (pair, euro) =>
      post(pair.alice.token, "/transfers/batch", {
        transfers: [order(pair, 1), order({ from: pair.from, to: euro }, 1)],
        atomic: true,
      }),
    code: "batch_declined",
  },
  {
    what: "an atomic batch with another's money",
    ask: ({ alice, from, to }) =>
      post(alice.token, "/transfers/batch", {
        transfers: [order({ from, to }, 1), order({ from: to, to: from }, 1)],
        atomic: true,
      }),
    code: "batch_declined",
  },
  {
    what: "a balance in the future",
    ask: ({ alice, from }) => get(alice.token, `/accounts/${from}/balance?at=2999-01-01T00:00:00Z`),
    code: "validation_failed",
  },
  {
    what: "a forged cursor",
    ask: ({ alice, from }) =>
      get(alice.token, `/accounts/${from}/entries?cursor=MQ.AAAAAAAAAAAAAAAAAAAAAA`),
    code: "cursor_invalid",
  },
  {
    what: "a cursor of another account",
    before: async (pair) => {
      await transfer(pair, 1);
      return (await get(pair.alice.token, `/accounts/${pair.from}/entries?limit=1`)).body
        .next_cursor as string;
    },
    ask: ({ bob, to }, cursor) =>
      get(bob.token, `/accounts/${to}/entries?limit=1&cursor=${cursor}`),
    code: "cursor_invalid",
  },
];

describe("a bad request is refused with its problem and changes nothing:", () => {
  test.each(rows)("$what", async ({ before, ask, code }) => {
    const pair = await createPair();
    const id = (await before?.(pair)) ?? "";
    await expectUnchanged(pair, () => ask(pair, id), code);
  });
});

test("a batch names its bad item by its index", async () => {
  const pair = await createPair();
  const transfers = [order(pair, 1), order(pair, 1), order(pair, -5)];
  const ask = () => post(pair.alice.token, "/transfers/batch", { transfers });
  const answer = await expectUnchanged(pair, ask, "validation_failed");
  expect(answer.body.errors).toMatchObject([{ path: "transfers.2.amount" }]);
});
