import type { CacheKey } from "./keys.ts";

const doubts_max = 20_000;

/**
 * Keys whose deletion Redis has not acknowledged, with the time until which an outdated body may still be there.
 * This isolate believes none of them before a repeated deletion went through: whoever wrote while Redis was away
 * reads its own write when Redis is back with what it held before.
 */
const doubtful_until = new Map<CacheKey, number>();
let everything_doubtful_until = 0;

export function doubt(key: CacheKey, until: number): void {
  if (doubtful_until.size >= doubts_max) {
    doubtful_until.clear();
    everything_doubtful_until = until;
  }
  doubtful_until.set(key, until);
}

export function trust(key: CacheKey): void {
  doubtful_until.delete(key);
}

export function isDoubtful(key: CacheKey): boolean {
  const until = Math.max(doubtful_until.get(key) ?? 0, everything_doubtful_until);
  if (Date.now() < until) return true;
  doubtful_until.delete(key);
  return false;
}
