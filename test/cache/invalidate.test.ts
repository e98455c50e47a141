import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { fill, invalidate, lookUp, openCache, type Cache, type Lease } from "../../src/cache/cache.ts";
import { accountKey } from "../../src/cache/keys.ts";
import type { Env } from "../../src/env.ts";
import { redis } from "./cached-reads.ts";
import { startFaultEndpoint, type FaultEndpoint } from "./fault-endpoint.ts";

let endpoint: FaultEndpoint;
let cache: Cache;

beforeAll(async () => {
  endpoint = await startFaultEndpoint(inject("redis_rest_url"));
  const { url } = endpoint;
  const token = inject("redis_rest_token");
  cache = openCache({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } as Env, () => undefined);
});
afterAll(() => endpoint.stop());

const newKey = (): ReturnType<typeof accountKey> => accountKey(randomUUID());

async function leaseOf(key: ReturnType<typeof accountKey>): Promise<Lease> {
  const { lease } = await lookUp(cache, key);
  if (lease === null) throw new Error("no lease");
  return lease;
}

describe("a fill", () => {
  test("needs the reader's own lease, which a writer's deletion takes away", async () => {
    const key = newKey();
    const slow = await leaseOf(key);
    expect(await lookUp(cache, key)).toEqual({ body: null, lease: null });
    await invalidate(cache, [key]);
    const next = await leaseOf(key);
    await fill(cache, slow, { body: "old", lifetime_ms: null });
    expect(await redis("GET", key)).toBe(next.token);
    await fill(cache, next, { body: "new", lifetime_ms: null });
    await fill(cache, slow, { body: "old", lifetime_ms: null });
    expect((await lookUp(cache, key)).body).toBe("new");
  });

  test("does not come back after an eviction of the lease", async () => {
    const key = newKey();
    const lease = await leaseOf(key);
    await redis("DEL", key);
    await fill(cache, lease, { body: "old", lifetime_ms: null });
    expect(await redis("EXISTS", key)).toBe(0);
  });

  test("lives no longer than the body was good for when it began to be read, however late it arrives", async () => {
    const key = newKey();
    endpoint.delay = ({ length }) => (length === 8 ? { before_ms: 100 } : {});
    await fill(cache, await leaseOf(key), { body: "held", lifetime_ms: 1_000 });
    const left_ms = (await redis("PTTL", key)) as number;
    expect(left_ms).toBeLessThanOrEqual(900);
    expect(left_ms).toBeGreaterThan(0);
    const late = newKey();
    await fill(cache, await leaseOf(late), { body: "held", lifetime_ms: 90 });
    expect(await redis("EXISTS", late)).toBe(0);
    endpoint.delay = () => ({});
  });

  test("lives for a minute at most", async () => {
    const key = newKey();
    await fill(cache, await leaseOf(key), { body: "{}", lifetime_ms: 3_600_000 });
    expect(await redis("PTTL", key)).toBeLessThanOrEqual(60_000);
  });
});

// Last, for it begins a break.
describe("a deletion", () => {
  test(
    "acknowledged late does not hide one that has failed after it was sent",
    { timeout: 30_000 },
    async () => {
      const key = newKey();
      let is_sent: () => void = () => undefined;
      const sent = new Promise<void>((resolve) => (is_sent = resolve));
      endpoint.delay = ([name]) => {
        if (name !== "DEL") return {};
        is_sent();
        return { after_ms: 100 };
      };
      const deletions = endpoint.arrived.get("DEL") ?? 0;
      const first = invalidate(cache, [key]);
      await sent;
      await endpoint.setFault("error");
      await invalidate(cache, [key]);
      await first;
      endpoint.delay = () => ({});
      await expect.poll(() => endpoint.arrived.get("DEL"), { timeout: 3_000 }).toBeGreaterThan(deletions + 2);
      await endpoint.setFault("none");
      // What another isolate may have put in between the two.
      await redis("SET", key, "outdated", "PX", 60_000);
      await expect.poll(async () => (await lookUp(cache, newKey())).lease, { timeout: 8_000 }).not.toBeNull();
      expect((await lookUp(cache, key)).body).toBeNull();
      expect(await redis("GET", key)).not.toBe("outdated");
    },
  );
});
