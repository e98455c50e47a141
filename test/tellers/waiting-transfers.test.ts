import { expect, test } from "vitest";
import { WaitingTransfers, type WaitingTransfer } from "../../src/tellers/waiting-transfers.ts";

const transfer = (scope_and_key: string, arrived_at = 0): WaitingTransfer => ({
  scope_and_key,
  text: "{}",
  reply: () => undefined,
  arrived_at,
});

const queue = (...transfers: readonly WaitingTransfer[]): WaitingTransfers => {
  const waiting = new WaitingTransfers();
  for (const item of transfers) waiting.add(item);
  return waiting;
};

const keysOf = (transfers: readonly WaitingTransfer[]): string[] =>
  transfers.map(({ scope_and_key }) => scope_and_key);

test("a teller's batch has the transfers that came first, in their order, and at most 256", () => {
  const names = Array.from({ length: 600 }, (_, index) => `customer ${String(index)}`);
  const waiting = queue(...names.map((name) => transfer(name)));
  expect(keysOf(waiting.take(0).batch)).toEqual(names.slice(0, 256));
  expect(keysOf(waiting.take(0).batch)).toEqual(names.slice(256, 512));
  expect(keysOf(waiting.take(0).batch)).toEqual(names.slice(512));
  expect(waiting.count).toBe(0);
});

test("a key is never twice in one batch: the second transfer with it waits for the next batch", () => {
  const waiting = queue(transfer("a 1"), transfer("a 1"), transfer("b 1"), transfer("a 1"));
  expect(keysOf(waiting.take(0).batch)).toEqual(["a 1", "b 1"]);
  expect(keysOf(waiting.take(0).batch)).toEqual(["a 1"]);
  expect(keysOf(waiting.take(0).batch)).toEqual(["a 1"]);
  expect(waiting.take(0)).toEqual({ batch: [], overdue: [] });
});

test("no more than 2,048 transfers wait in a teller", () => {
  const waiting = queue(
    ...Array.from({ length: 2_048 }, (_, index) => transfer(`a ${String(index)}`)),
  );
  expect(waiting.add(transfer("late"))).toBe(false);
  expect(waiting.count).toBe(2_048);
  waiting.take(0);
  expect(waiting.add(transfer("late"))).toBe(true);
});

test("a transfer that has waited longer than 5 s is not sent any more", () => {
  const waiting = queue(transfer("old", 0), transfer("new", 10));
  const { batch, overdue } = waiting.take(5_001);
  expect([keysOf(batch), keysOf(overdue)]).toEqual([["new"], ["old"]]);
  expect(waiting.count).toBe(0);
});
