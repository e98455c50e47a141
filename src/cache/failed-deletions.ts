import type { CacheKey } from "./keys.ts";

const keys_max = 20_000;
const repeated_keys_max = 1_000;

interface FailedDeletion {
  /** Until when an outdated body may still be there. */
  readonly until: number;
  /** Which failure of this isolate it is. */
  readonly number: number;
}

/**
 * Keys whose deletion Redis has not acknowledged. This isolate believes none of them before a repeated deletion went
 * through: whoever wrote while Redis was away reads its own write when Redis is back with what it held before.
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

/** What a deletion that is sent now can make good, for `forgetFailedDeletion`. */
export function newestFailure(): number {
  return newest_number;
}

/**
 * A deletion of the key went through. It says nothing of one that failed after it was sent: that write may have been
 * committed after this deletion was carried out.
 */
export function forgetFailedDeletion(key: CacheKey, newest_when_sent: number): void {
  const known = failed.get(key);
  if (known !== undefined && known.number <= newest_when_sent) failed.delete(key);
}

/** Whether Redis may still hold under this key what a write of this isolate has outdated. */
export function mayBeOutdated(key: CacheKey): boolean {
  const until = Math.max(failed.get(key)?.until ?? 0, every_key_failed_until);
  if (Date.now() < until) return true;
  failed.delete(key);
  return false;
}

/** What is to be deleted again, the oldest first. */
export function keysToDeleteAgain(): CacheKey[] {
  return [...failed.keys()].slice(0, repeated_keys_max).filter(mayBeOutdated);
}
