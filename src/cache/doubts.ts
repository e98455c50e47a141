import type { CacheKey } from "./keys.ts";

const doubts_max = 20_000;
const repeated_keys_max = 1_000;

interface Doubt {
  readonly until: number;
  /** Which doubt of this isolate it is. */
  readonly number: number;
}

/**
 * Keys whose deletion Redis has not acknowledged, with the time until which an outdated body may still be there.
 * This isolate believes none of them before a repeated deletion went through: whoever wrote while Redis was away
 * reads its own write when Redis is back with what it held before.
 */
const doubts = new Map<CacheKey, Doubt>();
let everything_doubtful_until = 0;
let newest_number = 0;

export function doubt(key: CacheKey, until: number): void {
  if (doubts.size >= doubts_max) {
    doubts.clear();
    everything_doubtful_until = until;
  }
  newest_number += 1;
  doubts.set(key, { until, number: newest_number });
}

/** What a deletion that is sent now can take back, for `trust`. */
export function newestDoubt(): number {
  return newest_number;
}

/**
 * A deletion of the key went through. It says nothing of a doubt that came up after it was sent: that write may have
 * been committed after the deletion was carried out.
 */
export function trust(key: CacheKey, newest_when_sent: number): void {
  const known = doubts.get(key);
  if (known !== undefined && known.number <= newest_when_sent) doubts.delete(key);
}

export function isDoubtful(key: CacheKey): boolean {
  const until = Math.max(doubts.get(key)?.until ?? 0, everything_doubtful_until);
  if (Date.now() < until) return true;
  doubts.delete(key);
  return false;
}

/** What is to be deleted again, the oldest first. */
export function doubtfulKeys(): CacheKey[] {
  return [...doubts.keys()].slice(0, repeated_keys_max).filter(isDoubtful);
}
