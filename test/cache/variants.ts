import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "@upstash/redis/cloudflare";
import { openCache } from "../../src/cache/cache.ts";
import { mark, unmark } from "../../src/cache/invalidation.ts";
import { accountKey } from "../../src/cache/keys.ts";
import { readThrough } from "../../src/cache/read-through.ts";
import { markers_prefix } from "../../src/cache/scripts.ts";
import type { Env } from "../../src/env.ts";
import type { Variant } from "./stale-read-check.ts";

/** The database behind the cache. */
export interface Ledger {
  /** The account's body. */
  load(account_id: string): Promise<string>;
  credit(account_id: string): Promise<void>;
}

export interface RedisAddress {
  readonly url: string;
  readonly token: string;
  /** How long the cache waits for Redis, if not as long as the Worker does. */
  readonly timeout_ms?: number;
}

const lifetime_ms = 60_000;

/**
 * Evicts a value or a lease. The markers of writers stay, because the cache promises nothing to a
 * database that evicts them: docs/architecture.md says so, and the doctor asks for a database
 * without eviction.
 */
const evict_script = `
local found = redis.call('GET', KEYS[1])
if found and string.sub(found, 1, #ARGV[1]) == ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

const load_delay_max_ms = 15;

/**
 * A delay between the database and the fill, because the races are there. Half of the reads have no
 * delay.
 */
const loadSlowly = async (ledger: Ledger, account_id: string): Promise<string> => {
  const body = await ledger.load(account_id);
  if (Math.random() < 0.5) await delay(Math.random() * load_delay_max_ms);
  return body;
};

const versionIn = (body: string): number => (JSON.parse(body) as { version: number }).version;

/**
 * The three ways to fill a cache, the first of which is the Worker's own, all on the same ledger
 * and Redis.
 */
export function openVariants(
  { timeout_ms, ...address }: RedisAddress,
  ledger: Ledger,
): Record<VariantName, Variant> {
  const env = {
    UPSTASH_REDIS_REST_URL: address.url,
    UPSTASH_REDIS_REST_TOKEN: address.token,
    REDIS_READ_TIMEOUT_MS: timeout_ms ?? 150,
    REDIS_WRITE_TIMEOUT_MS: timeout_ms ?? 1_000,
    JWT_KEYS: { active: "test", keys: { test: new Uint8Array(32).fill(7) } },
  } as unknown as Env;
  const redis = new Redis({
    ...address,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    readYourWrites: false,
    enableTelemetry: false,
  });
  const evict = async (account_id: string): Promise<void> => {
    await redis.eval(evict_script, [accountKey(account_id)], [markers_prefix]);
  };
  return {
    leases: { ...withLeases(env, ledger), evict },
    delete_then_set: { ...withDeleteThenSet(redis, ledger), evict },
    compare_version: { ...withCompareVersion(redis, ledger), evict },
  };
}

export type VariantName = "leases" | "delete_then_set" | "compare_version";

/** `src/cache`: a fill needs the reader's own lease, which writers take away while they write. */
function withLeases(env: Env, ledger: Ledger): Omit<Variant, "evict"> {
  return {
    read: async (account_id) => {
      const fills: Promise<unknown>[] = [];
      const cache = openCache(env, (filled) => void fills.push(filled));
      const { body } = await readThrough(cache, {
        key: accountKey(account_id),
        mayBeSeen: () => true,
        load: async () => ({
          body: await loadSlowly(ledger, account_id),
          owner: "",
          lifetime_ms: null,
        }),
      });
      await Promise.all(fills);
      return { version: versionIn(body), result: cache.result };
    },
    write: async (account_id) => {
      const cache = openCache(env, () => undefined);
      const marked = mark(cache, [accountKey(account_id)]);
      await ledger.credit(account_id);
      await unmark(cache, marked, []);
    },
  };
}

/**
 * The usual way, without leases. A late reader puts back a value that a writer has just made stale.
 */
function withDeleteThenSet(redis: Redis, ledger: Ledger): Omit<Variant, "evict"> {
  return {
    read: async (account_id) => {
      const found = await redis.get<string>(accountKey(account_id));
      if (found !== null) return { version: versionIn(found), result: "hit" };
      const body = await loadSlowly(ledger, account_id);
      await redis.set(accountKey(account_id), body, { px: lifetime_ms });
      return { version: versionIn(body), result: "miss" };
    },
    write: async (account_id) => {
      await ledger.credit(account_id);
      await redis.del(accountKey(account_id));
    },
  };
}

const put_if_newer_script = `
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).version >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`;

/**
 * Readers and writers store what they have read unless the cache has something newer. After an
 * eviction nobody knows whether it had.
 */
function withCompareVersion(redis: Redis, ledger: Ledger): Omit<Variant, "evict"> {
  const put = (account_id: string, body: string): Promise<unknown> =>
    redis.eval(put_if_newer_script, [accountKey(account_id)], [body, versionIn(body), lifetime_ms]);
  return {
    read: async (account_id) => {
      const found = await redis.get<string>(accountKey(account_id));
      if (found !== null) return { version: versionIn(found), result: "hit" };
      const body = await loadSlowly(ledger, account_id);
      await put(account_id, body);
      return { version: versionIn(body), result: "miss" };
    },
    write: async (account_id) => {
      await ledger.credit(account_id);
      await put(account_id, await ledger.load(account_id));
    },
  };
}
