import type { CacheKey } from "./keys.ts";

const keys_max = 20_000;
const repeated_keys_max = 1_000;

interface FailedDeletion {
  /** Until this time Redis may still have the stale body. */
  readonly until: number;
  /** Counts the failures of this isolate. */
  readonly number: number;
}

/**
 * Keys whose deletion Redis has not acknowledged. This isolate reads none of them from the cache
 * until a repeated deletion succeeds. So a client that wrote during an outage reads its own write,
 * even if Redis comes back with its old values.
 */
const failed = new Map<CacheKey, FailedDeletion>();
let every_key_failed_until = 0;
let newest_number = 0;

export function rememberFailedDeletion(key: CacheKey, until: number): void {
  if (failed.size >= keys_max) {
    failed.clear();
    every_key_failed_until = until;
  }
  newest_number += 1;
  failed.set(key, { until, number: newest_number });
}

/** The newest failure that a deletion sent now can repair. For `forgetFailedDeletion`. */
export function newestFailure(): number {
  return newest_number;
}

/**
 * A deletion of the key succeeded. It does not repair a failure that came after it was sent: that
 * write may have been committed after this deletion was executed.
 */
export function forgetFailedDeletion(key: CacheKey, newest_when_sent: number): void {
  const known = failed.get(key);
  if (known !== undefined && known.number <= newest_when_sent) failed.delete(key);
}

/** Whether Redis may still have a value of this key that a write of this isolate has made stale. */
export function mayBeStale(key: CacheKey): boolean {
  const until = Math.max(failed.get(key)?.until ?? 0, every_key_failed_until);
  if (Date.now() < until) return true;
  failed.delete(key);
  return false;
}

/** The keys to delete again, oldest first. */
export function keysToDeleteAgain(): CacheKey[] {
  return [...failed.keys()].slice(0, repeated_keys_max).filter(mayBeStale);
}
