import type { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "../env.ts";
import { doubt, doubtfulKeys, isDoubtful, newestDoubt, trust } from "./doubts.ts";
import type { CacheKey } from "./keys.ts";
import { attempt, openRedis, RedisUnavailable } from "./redis.ts";

const body_lifetime_ms = 60_000;
/** Several times the longest: a page of accounts with the longest names. */
const body_bytes_max = 262_144;
/** How long a reader may take between its miss and its fill; a reader that died keeps others from filling so long. */
const lease_lifetime_ms = 3_000;
const lease_prefix = "lease:";
/** How soon and for how long a deletion that failed is tried again. The runtime lets nothing run beyond 30 seconds. */
const repeat_interval_ms = 500;
const repeat_limit_ms = 25_000;

/** The cache as one request sees it. */
export interface Cache {
  readonly redis: Redis;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** What the request got out of it: `bypass` when it was not asked, or did not answer. */
  result: "hit" | "miss" | "bypass";
  /** How long the request has waited for it. */
  elapsed_ms: number;
}

export function openCache(env: Env, waitUntil: Cache["waitUntil"]): Cache {
  return { redis: openRedis(env), waitUntil, result: "bypass", elapsed_ms: 0 };
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

/** A value of another type than a string, or of a size that no body has, counts as none, and is put right. */
const look_up_script = `
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' and #found <= tonumber(ARGV[3]) then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;

/** The body is as old as the lease, for it was read after the lease was taken: that much of its life is over. */
const fill_script = `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local lifetime_ms = ARGV[3] - (ARGV[4] - redis.call('PTTL', KEYS[1]))
if lifetime_ms > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', lifetime_ms)
else redis.call('DEL', KEYS[1]) end
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
  const found = await timed(
    cache,
    () =>
      cache.redis.eval<[string, number, number]>(
        look_up_script,
        [key],
        [token, lease_lifetime_ms, body_bytes_max],
      ),
    isText,
  );
  if (found === undefined) return nothing;
  cache.result = "miss";
  if (found === token) return { body: null, lease: { key, token } };
  return found.startsWith(lease_prefix) ? nothing : { body: found, lease: null };
}

/**
 * Puts a body in, unless a writer has deleted the key since the lease was taken: then the body may be old.
 * `lifetime_ms` is how long it was good for when it was read, null for as long as bodies are kept.
 */
export async function fill(
  cache: Cache,
  lease: Lease,
  { body, lifetime_ms }: { readonly body: string; readonly lifetime_ms: number | null },
): Promise<void> {
  const kept_ms = Math.min(lifetime_ms ?? body_lifetime_ms, body_lifetime_ms);
  if (kept_ms <= 0) return;
  const values: [string, string, number, number] = [lease.token, body, kept_ms, lease_lifetime_ms];
  await timed(cache, () => cache.redis.eval<typeof values>(fill_script, [lease.key], values), isCount);
}

/**
 * Deletes what is outdated, bodies and leases alike. It has been acknowledged or has failed when this returns. What
 * has failed is tried again afterwards, for other isolates believe what is still there.
 */
export async function invalidate(cache: Cache, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const outdated = keys as readonly CacheKey[];
  const sent_at = newestDoubt();
  const deleted = await timed(cache, () => cache.redis.del(...outdated), isCount);
  if (deleted !== undefined) {
    for (const key of outdated) trust(key, sent_at);
    return;
  }
  for (const key of outdated) doubt(key, Date.now() + body_lifetime_ms);
  cache.waitUntil(repeatDeletions(cache));
}

let repeating_until = 0;

/**
 * Deletes all that is doubtful, as soon as Redis lets it, the break notwithstanding: a single command each time, for
 * which nobody waits. One request does it for the whole isolate.
 */
async function repeatDeletions({ redis }: Cache): Promise<void> {
  if (Date.now() < repeating_until) return;
  repeating_until = Date.now() + repeat_limit_ms;
  for (let keys = doubtfulKeys(); keys.length > 0 && Date.now() < repeating_until; keys = doubtfulKeys()) {
    await new Promise((resolve) => setTimeout(resolve, repeat_interval_ms));
    const sent_at = newestDoubt();
    const deleted = await redis.del(...keys).catch(() => undefined);
    if (isCount(deleted)) for (const key of keys) trust(key, sent_at);
  }
  repeating_until = 0;
}

const isText = (reply: unknown): reply is string => typeof reply === "string";
const isCount = (reply: unknown): reply is number => typeof reply === "number";

/**
 * Undefined when Redis is away: no caller can tell, but for the time it takes. One that gives a reply of another
 * kind than the command has is as good as away.
 */
async function timed<T>(
  cache: Cache,
  command: () => Promise<unknown>,
  isReply: (reply: unknown) => reply is T,
): Promise<T | undefined> {
  const started_at = performance.now();
  try {
    return await attempt(async () => {
      const reply = await command();
      if (!isReply(reply)) throw new Error("Redis gave a reply of another kind.");
      return reply;
    });
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined;
    throw error;
  } finally {
    cache.elapsed_ms += performance.now() - started_at;
  }
}
