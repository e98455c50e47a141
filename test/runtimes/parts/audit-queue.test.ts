import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AuditQueue } from "../../../src/runtimes/audit-queue.ts";

let undelivered: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  undelivered = [];
  vi.spyOn(console, "error").mockImplementation((line: string) =>
    undelivered.push(JSON.parse(line)),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A queue whose consumer acknowledges what `isTaken` says, and keeps the bodies of each batch. */
function openQueue(isTaken: (body: string) => boolean): { queue: AuditQueue; batches: string[][] } {
  const batches: string[][] = [];
  const queue = new AuditQueue(async ({ messages }) => {
    batches.push(messages.map(({ body }) => body));
    for (const message of messages) {
      if (isTaken(message.body)) message.ack();
      else message.retry({ delaySeconds: 30 });
    }
  });
  return { queue, batches };
}

test("messages of a second are one batch, of a hundred at the most", async () => {
  const { queue, batches } = openQueue(() => true);
  for (let index = 0; index < 150; index++) await queue.send(String(index));
  expect(batches).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(batches.map(({ length }) => length)).toEqual([100, 50]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(batches).toHaveLength(2);
});

test("what was not acknowledged comes again after its delay, and nothing else does", async () => {
  let is_away = true;
  const { queue, batches } = openQueue((body) => body !== "late" || !is_away);
  await queue.send("early");
  await queue.send("late");
  await vi.advanceTimersByTimeAsync(29_000);
  expect(batches).toEqual([["early", "late"]]);
  is_away = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(batches).toEqual([["early", "late"], ["late"]]);
});

test("after 60 retries the log keeps a message, and the queue forgets it", async () => {
  const { queue, batches } = openQueue(() => false);
  await queue.send("never");
  await vi.advanceTimersByTimeAsync(61 * 31_000);
  expect(batches).toHaveLength(61);
  expect(undelivered).toMatchObject([{ event: "audit_events_undelivered", audit_events: "never" }]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(batches).toHaveLength(61);
});

test("more than 32 MiB do not wait: the caller is told, and there is room again after a delivery", async () => {
  const { queue } = openQueue(() => true);
  const large = "x".repeat(1_024 * 1_024);
  for (let index = 0; index < 32; index++) await queue.send(large);
  await expect(queue.send("x")).rejects.toThrow("The queue is full.");
  await vi.advanceTimersByTimeAsync(1_000);
  await queue.send(large);
});

test("drain delivers what is not due, and giveUp logs what is left", async () => {
  let is_away = true;
  const { queue, batches } = openQueue((body) => !is_away && body !== "bad");
  await queue.send("good");
  await queue.send("bad");
  await vi.advanceTimersByTimeAsync(1_000);
  is_away = false;
  await queue.drain();
  queue.giveUp();
  expect(batches).toEqual([
    ["good", "bad"],
    ["good", "bad"],
  ]);
  expect(undelivered).toMatchObject([{ audit_events: "bad" }]);
});
