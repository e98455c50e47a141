import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import {
  fill,
  lookUp,
  openCache,
  type Cache,
  type Lease,
  type Lookup,
} from "../../src/cache/cache.ts";
import { invalidate, mark, unmark } from "../../src/cache/invalidation.ts";
import { lease_script } from "../../src/cache/scripts.ts";
import { redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";
import { newKey, openOwnCache, valueOf, type Key } from "./own-cache.ts";
import { isMark, isRemoval, markerChangesOf } from "./writers-command.ts";

let endpoint: FaultEndpoint;
let cache: Cache;
const settled: Promise<unknown>[] = [];

beforeAll(async () => {
  endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  cache = openOwnCache(endpoint.url, settled);
});
afterAll(() => endpoint.stop());

const nothing: Lookup = { value: null, lease: null };

async function look(key: Key): Promise<Lookup> {
  const [found] = await lookUp(cache, [key]);
  if (found === undefined) throw new Error("nothing was looked up");
  return found;
}

async function leaseOf(key: Key): Promise<Lease> {
  const { lease } = await look(key);
  if (lease === null) throw new Error("no lease");
  return lease;
}

describe("a fill", () => {
  test("needs the reader's own lease, which a writer's deletion takes away", async () => {
    const key = newKey();
    const slow = await leaseOf(key);
    expect(await look(key)).toEqual(nothing);
    await invalidate(cache, [key]);
    const next = await leaseOf(key);
    await fill(cache, slow, valueOf("old"), null);
    expect(await redis("GET", key)).toBe(next.token);
    await fill(cache, next, valueOf("new"), null);
    await fill(cache, slow, valueOf("old"), null);
    expect((await look(key)).value).toEqual(valueOf("new"));
  });

  test("does not come back after an eviction of the lease", async () => {
    const key = newKey();
    const lease = await leaseOf(key);
    await redis("DEL", key);
    await fill(cache, lease, valueOf("old"), null);
    expect(await redis("EXISTS", key)).toBe(0);
  });

  test("lives no longer than its body is valid, counted from the start of the read", async () => {
    const key = newKey();
    endpoint.delay = ({ length }) => (length === 8 ? { before_ms: 100 } : {});
    await fill(cache, await leaseOf(key), valueOf("held"), 1_000);
    const left_ms = (await redis("PTTL", key)) as number;
    expect(left_ms).toBeLessThanOrEqual(900);
    expect(left_ms).toBeGreaterThan(0);
    const late = newKey();
    await fill(cache, await leaseOf(late), valueOf("held"), 90);
    expect(await redis("EXISTS", late)).toBe(0);
    endpoint.delay = () => ({});
  });

  test("lives for 20 seconds at most, which is how stale a read can be when its writer could not reach Redis", async () => {
    const key = newKey();
    await fill(cache, await leaseOf(key), valueOf("{}"), 3_600_000);
    expect(await redis("PTTL", key)).toBeLessThanOrEqual(20_000);
  });
});

describe("a hit", () => {
  test("sends a command that only reads", async () => {
    const key = newKey();
    await fill(cache, await leaseOf(key), valueOf("{}"), null);
    const before = new Map(endpoint.arrived);
    expect((await look(key)).value).not.toBeNull();
    const sent = [...endpoint.arrived].filter(([name, count]) => count !== before.get(name));
    expect(sent.map(([name]) => name)).toEqual(["MGET"]);
  });
});

describe("a writer's marker", () => {
  test("replaces the value or a reader's lease, and keeps others from filling until it is removed", async () => {
    const [filled, leased] = [newKey(), newKey()];
    await fill(cache, await leaseOf(filled), valueOf("old"), null);
    const lease = await leaseOf(leased);
    const marked = mark(cache, [filled, leased]);
    expect(await marked.acknowledged).toBe(true);
    expect([await look(filled), await look(leased)]).toEqual([nothing, nothing]);
    await fill(cache, lease, valueOf("old"), null);
    expect((await look(leased)).value).toBeNull();
    await unmark(cache, marked, []);
    await Promise.all(settled);
    expect(await redis("EXISTS", filled, leased)).toBe(0);
  });

  test("stays until its own writer ends, also when another writer of the key ends first", async () => {
    for (const order of [[0, 1] as const, [1, 0] as const]) {
      const key = newKey();
      const markers = [mark(cache, [key])];
      await markers[0]?.acknowledged;
      markers.push(mark(cache, [key]));
      await markers[1]?.acknowledged;
      for (const index of order) {
        expect(await look(key)).toEqual(nothing);
        const ended = markers[index];
        if (ended !== undefined) await unmark(cache, ended, []);
        await Promise.all(settled);
      }
      expect((await look(key)).lease).not.toBeNull();
    }
  });

  test("of a writer that died is dropped by the next writer once it has expired", async () => {
    const key = newKey();
    await redis("SET", key, `marks:${String(Date.now() - 1)}:dead`, "PX", 60_000);
    const marked = mark(cache, [key]);
    await unmark(cache, marked, []);
    await Promise.all(settled);
    expect(await redis("EXISTS", key)).toBe(0);
  });

  test("is not removed by somebody else's deletion", async () => {
    const key = newKey();
    const marked = mark(cache, [key]);
    await marked.acknowledged;
    await invalidate(cache, [key]);
    expect(await look(key)).toEqual(nothing);
    await unmark(cache, marked, []);
  });
});

describe("markers of writers that come at the same time", () => {
  /** The keys of each command that sets markers, and of each that removes some. */
  let sent: (readonly string[])[];
  let removed: (readonly string[])[];
  beforeEach(() => {
    sent = [];
    removed = [];
    endpoint.delay = (command) => {
      const changes = markerChangesOf(command);
      const keysOf = (wanted: string): string[] =>
        changes.filter(({ change }) => change === wanted).flatMap(({ keys }) => keys);
      if (isMark(command)) sent.push(keysOf("mark"));
      if (isRemoval(command)) removed.push(keysOf("unmark"));
      return {};
    };
  });
  afterEach(() => (endpoint.delay = () => ({})));

  test("go in one command while another is under way, and each writer removes its own", async () => {
    const keys = [newKey(), newKey(), newKey()] as const;
    const [shared] = keys;
    const marked = [[shared], [keys[1], shared], [keys[2]]].map((of_one) => mark(cache, of_one));
    expect(await Promise.all(marked.map(({ acknowledged }) => acknowledged))).toEqual([
      true,
      true,
      true,
    ]);
    expect(sent).toEqual([[shared], [keys[1], shared, keys[2]]]);
    for (const [index, ended] of marked.entries()) {
      await unmark(cache, ended, []);
      await Promise.all(settled);
      const left = marked.slice(index + 1);
      for (const key of keys) {
        const found = String(await redis("GET", key));
        const tokens = found.startsWith("marks:") ? found.slice("marks:".length).split(" ") : [];
        const expected = left.filter((marker) => marker.keys.includes(key));
        expect(tokens).toEqual(expected.map(({ token }) => token));
      }
    }
  });

  test("go in several commands when they have more than 500 keys, and one writer's keys stay together", async () => {
    const counts = [1, 300, 200, 1, 501];
    const marked = counts.map((count) => mark(cache, Array.from({ length: count }, newKey)));
    for (const { acknowledged } of marked) expect(await acknowledged).toBe(true);
    await Promise.all(marked.map((marker) => unmark(cache, marker, [])));
    await Promise.all(settled);
    expect(sent.map((keys) => keys.length)).toEqual([1, 500, 1, 501]);
    expect(removed.map((keys) => keys.length)).toEqual([301, 201, 501]);
    expect(await redis("EXISTS", ...marked.flatMap(({ keys }) => keys))).toBe(0);
  });

  test("take the removals along that wait, as far as 500 keys allow", async () => {
    const counts = [300, 100, 101];
    const ended = counts.map((count) => mark(cache, Array.from({ length: count }, newKey)));
    for (const { acknowledged } of ended) await acknowledged;
    const next = Array.from({ length: 100 }, newKey);
    let commands = 0;
    const record = endpoint.delay;
    endpoint.delay = (command) => {
      commands += 1;
      return record(command);
    };
    for (const marker of ended) await unmark(cache, marker, []);
    const marked = mark(cache, next);
    expect(await marked.acknowledged).toBe(true);
    expect(commands).toBe(1);
    expect(removed.map((keys) => keys.length)).toEqual([400]);
    expect(sent.at(-1)).toEqual(next);
    await Promise.all(settled);
    expect(commands).toBe(2);
    expect(removed.map((keys) => keys.length)).toEqual([400, 101]);
    expect(await redis("EXISTS", ...ended.flatMap(({ keys }) => keys))).toBe(0);
    expect(await redis("EXISTS", ...next)).toBe(next.length);
    await unmark(cache, marked, []);
    await Promise.all(settled);
  });

  test("are not sent for a writer that has given up", async () => {
    const [slow, quick] = [newKey(), newKey()];
    const impatient = openCache({ ...cache.env, REDIS_WRITE_TIMEOUT_MS: 50 }, cache.waitUntil);
    endpoint.delay = ([, , , key]) => (key === slow ? { after_ms: 200 } : {});
    const marked = [mark(cache, [slow]), mark(impatient, [quick])] as const;
    expect(await marked[1].acknowledged).toBe(false);
    expect(await marked[0].acknowledged).toBe(true);
    await Promise.all(settled);
    expect(await redis("EXISTS", quick)).toBe(0);
    await unmark(cache, marked[0], []);
  });

  // The failure opens the circuit breaker.
  test("fail together, and then each writer deletes its own values", async () => {
    const keys = [newKey(), newKey(), newKey()];
    for (const key of keys) await fill(cache, await leaseOf(key), valueOf("old"), null);
    await endpoint.setFault("error");
    const marked = keys.map((key) => mark(cache, [key]));
    const acknowledged = await Promise.all(marked.map((marker) => marker.acknowledged));
    expect(acknowledged).toEqual([false, false, false]);
    await endpoint.setFault("none");
    for (const [index, marker] of marked.entries()) {
      await unmark(cache, marker, []);
      expect(await redis("EXISTS", ...keys)).toBe(keys.length - index - 1);
    }
  });
});

// This comes last, because it opens the circuit breaker.
describe("a deletion", () => {
  test(
    "that is acknowledged late does not hide a later one that failed, and is repeated while the circuit breaker is open",
    { timeout: 30_000 },
    async () => {
      const key = newKey();
      let is_sent: () => void = () => undefined;
      const sent = new Promise<void>((resolve) => (is_sent = resolve));
      let removals = 0;
      endpoint.delay = (command) => {
        if (!isRemoval(command)) return {};
        removals += 1;
        is_sent();
        return { after_ms: 100 };
      };
      const first = invalidate(cache, [key]);
      await sent;
      await endpoint.setFault("error");
      await invalidate(cache, [key]);
      await first;
      // What another isolate may have put in between the two.
      await redis("SET", key, "outdated", "PX", 60_000);
      expect(await look(key)).toEqual(nothing);
      const before = removals;
      await endpoint.setFault("none");
      await expect.poll(() => redis("EXISTS", key), { timeout: 1_000, interval: 20 }).toBe(0);
      expect(removals).toBeGreaterThan(before);
      endpoint.delay = () => ({});
      await expect
        .poll(async () => (await look(newKey())).lease, { timeout: 8_000 })
        .not.toBeNull();
      expect(lease_script).toMatch(/^#!lua flags=allow-key-locking\n/);
    },
  );
});
