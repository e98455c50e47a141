import type { Env } from "../env.ts";
import { mayBeStale } from "./failed-deletions.ts";
import { open, seal, type Value } from "./envelope.ts";
import type { CacheKey } from "./keys.ts";
import { readTogether } from "./reader-commands.ts";
import { attempt, command, RedisUnavailable, type Word } from "./redis.ts";
import { fill_script, lease_prefix, lease_script, markers_prefix } from "./scripts.ts";

/**
 * How stale a read can be when its writer could not reach Redis at all. The README promises this
 * bound.
 */
export const body_lifetime_ms = 20_000;
/**
 * A reader has this long between its miss and its fill. If it dies, no other reader can fill the
 * key in this time.
 */
const lease_lifetime_ms = 3_000;

/** The cache as one request sees it. */
export interface Cache {
  readonly env: Env;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** What the cache did for the request: `bypass` when it was not asked or did not answer. */
  result: "hit" | "miss" | "bypass";
  /** The total time that the request has waited for the cache. */
  elapsed_ms: number;
}

export function openCache(env: Env, waitUntil: Cache["waitUntil"]): Cache {
  return { env, waitUntil, result: "bypass", elapsed_ms: 0 };
}

/** The permission to fill one key. A writer that touches the key ends it. */
export interface Lease {
  readonly key: CacheKey;
  readonly token: string;
  readonly taken_at_ms: number;
}

/**
 * A value, or the lease to fill in a missing one. Both are null when another request fills or
 * changes the value, or when Redis is unavailable.
 */
export interface Lookup {
  readonly value: Value | null;
  readonly lease: Lease | null;
}

const nothing: Lookup = { value: null, lease: null };

/**
 * Reads the cached values of the keys. The command only reads, so a replica may answer it. For each
 * key that is missing, or whose value was not sealed by this bank, a second command takes a lease.
 */
export async function lookUp(cache: Cache, keys: readonly CacheKey[]): Promise<readonly Lookup[]> {
  if (keys.length === 0 || keys.some(mayBeStale)) return keys.map(() => nothing);
  const found = await timed(cache, () => readTogether(cache, keys), isListOf(keys));
  if (found === undefined) return keys.map(() => nothing);
  cache.result = "miss";
  const values = keys.map((key, index) => openFound(cache, key, found[index]));
  const missing = keys.filter((_key, index) => values[index] === null && !isTaken(found[index]));
  const leases = missing.length === 0 ? [] : await lease(cache, missing);
  return keys.map((key, index) => ({
    value: values[index] ?? null,
    lease: leases.find((taken) => taken.key === key) ?? null,
  }));
}

function openFound(cache: Cache, key: CacheKey, found: unknown): Value | null {
  return typeof found === "string" ? open(cache.env, key, found) : null;
}

const isTaken = (found: unknown): boolean =>
  typeof found === "string" && (found.startsWith(lease_prefix) || found.startsWith(markers_prefix));

async function lease(cache: Cache, keys: readonly CacheKey[]): Promise<readonly Lease[]> {
  const token = lease_prefix + crypto.randomUUID();
  const taken_at_ms = Date.now();
  const words: Word[] = ["EVAL", lease_script, keys.length, ...keys, token, lease_lifetime_ms];
  const reply = await timed(
    cache,
    () => command(cache.env, words, cache.env.REDIS_READ_TIMEOUT_MS),
    isListOf(keys),
  );
  return keys
    .filter((_key, index) => reply?.[index] === 1)
    .map((key) => ({ key, token, taken_at_ms }));
}

/**
 * Stores a value, unless a writer has touched the key since the lease was taken: then the value may
 * be stale. `lifetime_ms` is how long the value was valid when it was read; null means as long as
 * bodies are kept. The lifetime counts from the lease, because the value was read after the lease
 * was taken.
 */
export async function fill(
  cache: Cache,
  { key, token, taken_at_ms }: Lease,
  value: Value,
  lifetime_ms: number | null,
): Promise<void> {
  const kept_ms = Math.min(lifetime_ms ?? body_lifetime_ms, body_lifetime_ms);
  if (kept_ms <= 0) return;
  const sealed = seal(cache.env, key, value, taken_at_ms + kept_ms);
  const words: Word[] = ["EVAL", fill_script, 1, key, token, sealed, kept_ms, lease_lifetime_ms];
  await timed(cache, () => command(cache.env, words, cache.env.REDIS_READ_TIMEOUT_MS), isCount);
}

const isCount = (reply: unknown): reply is number => typeof reply === "number";
const isListOf =
  (keys: readonly CacheKey[]) =>
  (reply: unknown): reply is readonly unknown[] =>
    Array.isArray(reply) && reply.length === keys.length;

/** Returns undefined when Redis is unavailable. A reply of the wrong type counts as unavailable. */
async function timed<T>(
  cache: Cache,
  run: () => Promise<unknown>,
  isReply: (reply: unknown) => reply is T,
): Promise<T | undefined> {
  const started_at = performance.now();
  try {
    return await attempt(async () => {
      const reply = await run();
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
