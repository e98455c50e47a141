import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { fill, lookUp, openCache, type Cache } from "../../src/cache/cache.ts";
import { invalidate } from "../../src/cache/invalidation.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { newKey, openOwnCache, read_limit_ms, valueOf, type Key } from "./own-cache.ts";

/** So many reads of an isolate are under way before one shares a command. */
const alone = 3;

let endpoint: FaultEndpoint;
let cache: Cache;
/** The keys of each command that reads. */
let sent: (readonly string[])[];
const settled: Promise<unknown>[] = [];

beforeAll(async () => {
  endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  cache = openOwnCache(endpoint.url, settled);
});
afterAll(() => endpoint.stop());

const look = async (keys: readonly Key[]): Promise<(string | undefined)[]> =>
  (await lookUp(cache, keys)).map(({ value }) => value?.body);

async function store(key: Key, body: string): Promise<void> {
  const [found] = await lookUp(cache, [key]);
  const lease = found?.lease ?? null;
  if (lease === null) throw new Error("no lease");
  await fill(cache, lease, valueOf(body), null);
}

/** Keys whose values are their own names. */
async function storedKeys(count: number): Promise<Key[]> {
  const keys = Array.from({ length: count }, newKey);
  for (const key of keys) await store(key, key);
  return keys;
}

/** What is sent from here on is recorded, and the answer takes so long on its way. */
function record(after_ms: (command: readonly string[]) => number = () => 0): void {
  sent = [];
  endpoint.delay = (command) => {
    const [name, ...keys] = command;
    if (name !== "MGET") return {};
    sent.push(keys);
    return { after_ms: after_ms(command) };
  };
}

afterEach(async () => {
  endpoint.delay = () => ({});
  await Promise.all(settled.splice(0));
});

/**
 * Looks up all at once, again and again until reads have shared a command: on a busy machine Redis
 * may seem far away. Returns what was found at last.
 */
async function lookUntilShared(lookups: readonly (readonly Key[])[]) {
  for (let round = 0; round < 100; round++) {
    record();
    const found = await Promise.all(lookups.map(look));
    if (sent.length < lookups.length) return found;
  }
  throw new Error("no read has shared a command");
}

test("few reads send a command each; of many the others share, and each finds its own", async () => {
  const keys = await storedKeys(12);
  const [first, second, ...rest] = keys;
  const lookups = [[first, second] as Key[], ...rest.map((key) => [key])];
  expect(await lookUntilShared(lookups)).toEqual(lookups);
  // The fourth read has nobody to share with yet.
  const shared = lookups.slice(alone + 1).flat();
  expect(new Set(sent)).toEqual(new Set([...lookups.slice(0, alone + 1), shared]));
});

test("a read that waits for a command sees what was written after that command", async () => {
  const keys = await storedKeys(alone + 1);
  const [key] = keys as [Key];
  await lookUntilShared(keys.flatMap((each) => [[each], [each]]));
  // Redis has run the command by then, but its answer is still on its way.
  record(() => 9);
  const early = keys.map((each) => look([each]));
  await expect.poll(() => sent.length, { interval: 1 }).toBe(alone + 1);
  await invalidate(cache, [key]);
  expect(await look([key])).toEqual([undefined]);
  expect(await Promise.all(early)).toEqual(keys.map((each) => [each]));
});

test("reads of more than 100 keys take several commands, and one read's keys stay together", async () => {
  const counts = [...Array<number>(alone).fill(1), 1, 60, 40, 1, 101];
  const lookups = counts.map((count) => Array.from({ length: count }, newKey));
  await lookUntilShared(lookups);
  expect(sent.map((keys) => keys.length)).toEqual([1, 1, 1, 1, 100, 1, 101]);
  expect(new Set(sent.flat())).toEqual(new Set(lookups.flat()));
});

test("reads do not wait for each other where Redis is far away", async () => {
  const keys = await storedKeys(12);
  record(() => 30);
  await Promise.all(keys.map((key) => look([key])));
  // The last command was slow.
  record();
  await Promise.all(keys.map((key) => look([key])));
  expect(new Set(sent)).toEqual(new Set(keys.map((key) => [key])));
});

test("a read waits no longer than its own limit for a command that hangs", async () => {
  const keys = await storedKeys(alone + 2);
  const [key] = keys as [Key];
  await lookUntilShared(keys.flatMap((each) => [[each], [each]]));
  record(() => read_limit_ms * 3);
  const began_at = performance.now();
  const found = await Promise.all(keys.map((each) => look([each])));
  expect(found).toEqual(keys.map(() => [undefined]));
  expect(performance.now() - began_at).toBeLessThan(read_limit_ms * 2);
  // Slow is no outage, and the reads that waited for one command count once.
  record();
  await Promise.all(settled.splice(0));
  expect(await look([key])).toEqual([key]);
});

test("reads whose requests have ended without a trace are forgotten after a second", async () => {
  const patient = openCache({ ...cache.env, REDIS_READ_TIMEOUT_MS: 60_000 }, cache.waitUntil);
  const lookups = (await storedKeys(alone + 3)).map((key) => [key]);
  const lost = Array.from({ length: alone }, newKey);
  record(([, key]) => (lost.includes(key as Key) ? 60_000 : 0));
  for (const key of lost) void lookUp(patient, [key]);
  const lookAgain = async (): Promise<number> => {
    const before = sent.length;
    expect(await Promise.all(lookups.map(look))).toEqual(lookups);
    return sent.length - before;
  };
  await expect.poll(lookAgain).toBe(2);
  await setTimeout(1_000);
  await expect.poll(lookAgain).toBe(alone + 2);
});

// The failure opens the circuit breaker, so this test is the last one.
test("reads that share a command fail together, and throw nothing", async () => {
  const keys = await storedKeys(alone + 4);
  await lookUntilShared(keys.map((key) => [key]));
  await endpoint.setFault("error");
  expect(await Promise.all(keys.map((key) => look([key])))).toEqual(keys.map(() => [undefined]));
});
