import type { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "../env.ts";
import { doubt, isDoubtful, trust } from "./doubts.ts";
import type { CacheKey } from "./keys.ts";
import { attempt, openRedis, RedisUnavailable } from "./redis.ts";

const body_lifetime_ms = 60_000;
/** How long a reader may take between its miss and its fill; a reader that died keeps others from filling so long. */
const lease_lifetime_ms = 3_000;
const lease_prefix = "lease:";

/** The cache as one request sees it. */
export interface Cache {
  readonly redis: Redis;
  /** What the request got out of it: `bypass` when it was not asked, or did not answer. */
  result: "hit" | "miss" | "bypass";
  /** How long the request has waited for it. */
  elapsed_ms: number;
}

export function openCache(env: Env): Cache {
  return { redis: openRedis(env), result: "bypass", elapsed_ms: 0 };
}

/** The leave to fill one key, gone as soon as a writer deletes the key. */
export interface Lease {
  readonly key: CacheKey;
  readonly token: string;
}

/** A body, or the lease to fill in what is missing. Both null: somebody else fills it, or Redis is away. */
export interface Lookup {
  readonly body: string | null;
  readonly lease: Lease | null;
}

const nothing: Lookup = { body: null, lease: null };

/** A value of another type than a string counts as none, and is put right. */
const look_up_script = `
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;

const fill_script = `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/**
 * What is cached under the key, in one round trip. On a miss the key holds the reader's own lease from then on,
 * for a lease and a body have one key: whoever deletes the one deletes the other.
 */
export async function lookUp(cache: Cache, key: CacheKey): Promise<Lookup> {
  if (isDoubtful(key)) {
    await invalidate(cache, [key]);
    return nothing;
  }
  const token = lease_prefix + crypto.randomUUID();
  const found = await timed(cache, () =>
    cache.redis.eval<[string, number], unknown>(look_up_script, [key], [token, lease_lifetime_ms]),
  );
  if (typeof found !== "string") return nothing;
  cache.result = "miss";
  if (found === token) return { body: null, lease: { key, token } };
  return found.startsWith(lease_prefix) ? nothing : { body: found, lease: null };
}

/**
 * Puts a body in, unless a writer has deleted the key since the lease was taken: then the body may be old.
 * `age_ms` is how long ago it began to be read, and shortens its life.
 */
export async function fill(
  cache: Cache,
  lease: Lease,
  value: { readonly body: string; readonly lifetime_ms: number | null; readonly age_ms: number },
): Promise<void> {
  const lifetime_ms = Math.floor(
    Math.min(value.lifetime_ms ?? body_lifetime_ms, body_lifetime_ms) - value.age_ms,
  );
  if (lifetime_ms <= 0) return;
  await timed(cache, () =>
    cache.redis.eval<[string, string, number], unknown>(
      fill_script,
      [lease.key],
      [lease.token, value.body, lifetime_ms],
    ),
  );
}

/** Deletes what is outdated, bodies and leases alike. It has been acknowledged or has failed when this returns. */
export async function invalidate(cache: Cache, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const outdated = keys as readonly CacheKey[];
  const deleted = await timed(cache, () => cache.redis.del(...outdated));
  for (const key of outdated) {
    if (deleted === undefined) doubt(key, Date.now() + body_lifetime_ms);
    else trust(key);
  }
}

/** Undefined when Redis is away: no caller can tell, but for the time it takes. */
async function timed<T>(cache: Cache, command: () => Promise<T>): Promise<T | undefined> {
  const started_at = performance.now();
  try {
    return await attempt(command);
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined;
    throw error;
  } finally {
    cache.elapsed_ms += performance.now() - started_at;
  }
}
