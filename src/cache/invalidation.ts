import { body_lifetime_ms, type Cache } from "./cache.ts";
import {
  forgetFailedDeletion,
  keysToDeleteAgain,
  newestFailure,
  rememberFailedDeletion,
} from "./failed-deletions.ts";
import type { CacheKey } from "./keys.ts";
import {
  isUnreachable,
  limitOf,
  marker_lifetime_ms,
  remove,
  removeSoon,
  setMarker,
  setMarkerTogether,
  type KeysOfWriter,
} from "./writer-commands.ts";

/**
 * For how long, and how often, a failed deletion is repeated. The runtime ends everything after 30
 * seconds.
 */
const repeat_limit_ms = 25_000;
const repeat_interval_ms = 100;
/** The token of a deletion without a writer's marker. */
const no_marker = "-";

/** A writer's marker on the keys that it changes. */
export interface Marker extends KeysOfWriter {
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
  const is_hopeless = isUnreachable();
  const limit_ms = is_hopeless ? cache.env.REDIS_READ_TIMEOUT_MS : limitOf(cache);
  const token = `${String(now + marker_lifetime_ms)}:${crypto.randomUUID()}`;
  const set = is_hopeless ? setMarker : setMarkerTogether;
  const acknowledged =
    keys.length === 0 ? Promise.resolve(true) : set(cache, { keys, token }, limit_ms);
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
      await removeOrRepeat(cache, { keys: stale, token }, limit_ms);
    }
    return;
  }
  if (keys.length > 0) removeSoon(cache, { keys, token });
  const unmarked = changed.filter((key) => !keys.includes(key));
  if (unmarked.length > 0) await removeOrRepeat(cache, { keys: unmarked, token }, limitOf(cache));
}

/**
 * Deletes stale values. When this returns, Redis has acknowledged the deletion, or it has failed
 * and is repeated.
 */
export function invalidate(cache: Cache, keys: readonly CacheKey[]): Promise<void> {
  return keys.length === 0
    ? Promise.resolve()
    : removeOrRepeat(cache, { keys, token: no_marker }, limitOf(cache));
}

async function removeOrRepeat(cache: Cache, writer: KeysOfWriter, limit_ms: number): Promise<void> {
  const sent_at = newestFailure();
  const started_at = performance.now();
  const is_removed = await remove(cache, writer, limit_ms);
  cache.elapsed_ms += performance.now() - started_at;
  if (is_removed) for (const key of writer.keys) forgetFailedDeletion(key, sent_at);
  else repeatUntilDeleted(cache, writer.keys);
}

function repeatUntilDeleted(cache: Cache, keys: readonly CacheKey[]): void {
  for (const key of keys) rememberFailedDeletion(key, Date.now() + body_lifetime_ms);
  cache.waitUntil(repeatDeletions(cache));
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
    if (await remove(cache, { keys, token: no_marker }, limitOf(cache))) {
      for (const key of keys) forgetFailedDeletion(key, sent_at);
    } else {
      await new Promise((resolve) => setTimeout(resolve, repeat_interval_ms));
    }
  }
  repeating_until = 0;
}
