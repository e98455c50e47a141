import { body_lifetime_ms, type Cache } from "./cache.ts";
import {
  forgetFailedDeletion,
  keysToDeleteAgain,
  newestFailure,
  rememberFailedDeletion,
} from "./failed-deletions.ts";
import type { CacheKey } from "./keys.ts";
import { command, noteFailure, RedisRefusal, type Word } from "./redis.ts";
import { mark_script, remove_script } from "./scripts.ts";

/** Longer than a call to Postgres can take, including its connection. */
const marker_lifetime_ms = 15_000;
/**
 * For how long, and how often, a failed deletion is repeated. The runtime ends everything after 30
 * seconds.
 */
const repeat_limit_ms = 25_000;
const repeat_interval_ms = 100;
/** Of one command, unless a single write has more. */
const keys_max = 500;

/**
 * For this time after a failure, writers treat Redis as unreachable, unless a command succeeds in
 * between.
 */
const unreachable_ms = 5_000;

/**
 * Until this time the writers of this isolate treat Redis as unreachable, because a marker or a
 * deletion has failed.
 */
let unreachable_until = 0;
/** When a marker or a deletion of this isolate last succeeded. */
let reached_at = 0;

/** A writer's marker on the keys that it changes. */
export interface Marker {
  readonly keys: readonly CacheKey[];
  readonly token: string;
  /** The writer waits for Redis until this time. */
  readonly wait_until: number;
  /** It was sent while Redis was considered unreachable. */
  readonly is_hopeless: boolean;
  /** Resolves to whether Redis has acknowledged it. Never rejects. */
  readonly acknowledged: Promise<boolean>;
}

/**
 * Marks the keys while Postgres works. Their values are gone at once, and nobody can fill them
 * before the marker is removed. So the invalidation takes no extra time, and can succeed at any
 * moment of the call. The marker is sent even while the circuit breaker is open.
 *
 * Only the first writers of an outage wait for the whole limit. The others wait only as long as a
 * read does.
 */
export function mark(cache: Cache, keys: readonly CacheKey[]): Marker {
  const now = Date.now();
  const is_hopeless = now < unreachable_until;
  const limit_ms = is_hopeless ? cache.env.REDIS_READ_TIMEOUT_MS : limitOf(cache);
  const token = `${String(now + marker_lifetime_ms)}:${crypto.randomUUID()}`;
  const words: Word[] = ["EVAL", mark_script, keys.length, ...keys, token, now, marker_lifetime_ms];
  const acknowledged = keys.length === 0 ? Promise.resolve(true) : send(cache, words, limit_ms);
  return { keys, token, wait_until: now + limit_ms, is_hopeless, acknowledged };
}

/**
 * Ends a marker after Postgres has answered. `changed` are further keys, which were not known
 * before the call.
 *
 * If Redis acknowledged the marker, nobody waits for its removal. All other keys are deleted. When
 * this returns, each deletion was acknowledged or has failed, or Redis was considered unreachable
 * and nobody waits for it. A deletion that was not acknowledged is repeated for a limited time,
 * because other isolates still trust the cached value.
 */
export async function unmark(
  cache: Cache,
  { keys, token, ...marker }: Marker,
  changed: readonly CacheKey[],
) {
  const started_at = performance.now();
  const is_marked = await marker.acknowledged;
  cache.elapsed_ms += performance.now() - started_at;
  if (!is_marked) {
    const stale = [...new Set([...keys, ...changed])];
    if (marker.is_hopeless) repeatUntilDeleted(cache, stale);
    else {
      // A marker that failed early leaves the rest of its limit. Otherwise the last attempt takes
      // as long as a read.
      const limit_ms = Math.max(marker.wait_until - Date.now(), cache.env.REDIS_READ_TIMEOUT_MS);
      await remove(cache, stale, limit_ms, token);
    }
    return;
  }
  if (keys.length > 0) cache.waitUntil(removeMarker(cache, { keys, token }));
  const unmarked = changed.filter((key) => !keys.includes(key));
  if (unmarked.length > 0) await remove(cache, unmarked, limitOf(cache), token);
}

/**
 * Deletes stale values. When this returns, Redis has acknowledged the deletion, or it has failed
 * and is repeated.
 */
export function invalidate(cache: Cache, keys: readonly CacheKey[]): Promise<void> {
  return keys.length === 0 ? Promise.resolve() : remove(cache, keys, limitOf(cache), "-");
}

const limitOf = ({ env }: Cache): number => env.REDIS_WRITE_TIMEOUT_MS;

async function remove(cache: Cache, keys: readonly CacheKey[], limit_ms: number, token: string) {
  const sent_at = newestFailure();
  const started_at = performance.now();
  const removed = await send(cache, removalOf([{ keys, token }]), limit_ms);
  cache.elapsed_ms += performance.now() - started_at;
  if (removed) {
    for (const key of keys) forgetFailedDeletion(key, sent_at);
    return;
  }
  repeatUntilDeleted(cache, keys);
}

function repeatUntilDeleted(cache: Cache, keys: readonly CacheKey[]): void {
  for (const key of keys) rememberFailedDeletion(key, Date.now() + body_lifetime_ms);
  cache.waitUntil(repeatDeletions(cache));
}

type Removal = Pick<Marker, "keys" | "token">;

function removalOf(removals: readonly Removal[]): Word[] {
  const keys = removals.flatMap((removal) => removal.keys);
  const markers = removals.flatMap(({ keys: { length }, token }) => [token, length]);
  return ["EVAL", remove_script, keys.length, ...keys, ...markers];
}

let waiting: Removal[] = [];
let removing_until = 0;

/**
 * Removes markers, several at a time: those that arrive during a removal go with the next one. If a
 * removal fails, no value is stale. The keys are only uncached until their markers expire.
 */
async function removeMarker(cache: Cache, removal: Removal): Promise<void> {
  waiting.push(removal);
  if (Date.now() < removing_until) return;
  while (waiting.length > 0) {
    removing_until = Date.now() + 2 * limitOf(cache);
    await send(cache, removalOf(takeRemovals()), limitOf(cache));
  }
  removing_until = 0;
}

/** Takes those that have waited longest. */
function takeRemovals(): Removal[] {
  const taken: Removal[] = [];
  let keys = 0;
  for (const removal of waiting) {
    keys += removal.keys.length;
    if (taken.length > 0 && keys > keys_max) break;
    taken.push(removal);
  }
  waiting = waiting.slice(taken.length);
  return taken;
}

let repeating_until = 0;

/**
 * Repeats failed deletions as soon as Redis allows it. One request does it for the whole isolate.
 */
async function repeatDeletions(cache: Cache): Promise<void> {
  if (Date.now() < repeating_until) return;
  repeating_until = Date.now() + repeat_limit_ms;
  for (
    let keys = keysToDeleteAgain();
    keys.length > 0 && Date.now() < repeating_until;
    keys = keysToDeleteAgain()
  ) {
    const sent_at = newestFailure();
    if (await send(cache, removalOf([{ keys, token: "-" }]), limitOf(cache))) {
      for (const key of keys) forgetFailedDeletion(key, sent_at);
    } else {
      await new Promise((resolve) => setTimeout(resolve, repeat_interval_ms));
    }
  }
  repeating_until = 0;
}

/** Returns whether Redis has executed the command. */
async function send(cache: Cache, words: readonly Word[], limit_ms: number): Promise<boolean> {
  const sent_at = Date.now();
  try {
    const reply = await command(cache.env, words, limit_ms);
    if (typeof reply !== "number") throw new Error("Redis gave a reply of another kind.");
    unreachable_until = 0;
    reached_at = Date.now();
    return true;
  } catch (error) {
    // A refusal is an answer: a full Redis refuses a marker, but not a deletion. A command that was
    // sent before the last success belongs to an outage that is over.
    if (!(error instanceof RedisRefusal) && sent_at >= reached_at)
      unreachable_until = Date.now() + unreachable_ms;
    noteFailure(error, sent_at);
    return false;
  }
}
