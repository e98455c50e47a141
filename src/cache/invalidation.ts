import { body_lifetime_ms, type Cache } from "./cache.ts";
import { doubt, doubtfulKeys, newestDoubt, trust } from "./doubts.ts";
import type { CacheKey } from "./keys.ts";
import { command, noteFailure, type Word } from "./redis.ts";
import { mark_script, remove_script } from "./scripts.ts";

/** Longer than a call of Postgres can take, with its connection. */
const mark_lifetime_ms = 15_000;
/** How long a failed deletion is repeated, and how often. The runtime lets nothing run beyond 30 seconds. */
const repeat_limit_ms = 25_000;
const repeat_interval_ms = 100;
const removals_max = 500;

/** A writer's mark on the keys of what it changes. */
export interface Mark {
  readonly keys: readonly CacheKey[];
  readonly token: string;
  readonly began_at_ms: number;
  /** Whether Redis has acknowledged it. Never rejects. */
  readonly acknowledged: Promise<boolean>;
}

/**
 * Marks the keys while Postgres works: their values are gone at once, and nobody fills them before the mark is
 * removed. So the invalidation costs no time of its own, and has the whole call to succeed. It is sent in a break too.
 */
export function mark(cache: Cache, keys: readonly CacheKey[]): Mark {
  const began_at_ms = Date.now();
  const token = `${String(began_at_ms + mark_lifetime_ms)}:${crypto.randomUUID()}`;
  const words: Word[] = ["EVAL", mark_script, keys.length, ...keys, token, began_at_ms, mark_lifetime_ms];
  const acknowledged = keys.length === 0 ? Promise.resolve(true) : send(cache, words, limitOf(cache));
  return { keys, token, began_at_ms, acknowledged };
}

/**
 * Ends a mark after Postgres has answered. `changed` are further keys, which were not known before the call.
 *
 * Where the mark was acknowledged, nobody waits for its removal. Everything else is deleted here: it has been
 * acknowledged or has failed when this returns. What has failed is repeated at once and until it goes through,
 * because other isolates believe what is still there.
 */
export async function unmark(cache: Cache, { keys, token, ...mark }: Mark, changed: readonly CacheKey[]) {
  const is_marked = await mark.acknowledged;
  const outdated = is_marked
    ? changed.filter((key) => !keys.includes(key))
    : [...new Set([...keys, ...changed])];
  if (is_marked && keys.length > 0)
    cache.waitUntil(
      removeMarks(
        cache,
        keys.map((key) => ({ key, token })),
      ),
    );
  if (outdated.length === 0) return;
  // A Redis that has let the mark's whole time pass gets no second one while a caller waits.
  const left_ms = limitOf(cache) - (Date.now() - mark.began_at_ms);
  await remove(
    cache,
    outdated,
    is_marked ? limitOf(cache) : Math.max(left_ms, cache.env.REDIS_READ_TIMEOUT_MS),
    token,
  );
}

/** Deletes what is outdated. It has been acknowledged or has failed when this returns, and is then repeated. */
export function invalidate(cache: Cache, keys: readonly CacheKey[]): Promise<void> {
  return keys.length === 0 ? Promise.resolve() : remove(cache, keys, limitOf(cache), "-");
}

const limitOf = ({ env }: Cache): number => env.REDIS_WRITE_TIMEOUT_MS;

async function remove(cache: Cache, keys: readonly CacheKey[], limit_ms: number, token: string) {
  const sent_at = newestDoubt();
  const started_at = performance.now();
  const removed = await send(cache, removal(keys.map((key) => ({ key, token }))), limit_ms);
  cache.elapsed_ms += performance.now() - started_at;
  if (removed) {
    for (const key of keys) trust(key, sent_at);
    return;
  }
  for (const key of keys) doubt(key, Date.now() + body_lifetime_ms);
  cache.waitUntil(repeatDeletions(cache));
}

interface Removal {
  readonly key: CacheKey;
  readonly token: string;
}

const removal = (removals: readonly Removal[]): Word[] => [
  "EVAL",
  remove_script,
  removals.length,
  ...removals.map(({ key }) => key),
  ...removals.map(({ token }) => token),
];

let waiting: Removal[] = [];
let removing_until = 0;

/**
 * Removes marks, several at a time: those that arrive while a removal is under way go with the next one. One that
 * fails is not stale but uncached, until the mark's time is over.
 */
async function removeMarks(cache: Cache, removals: readonly Removal[]): Promise<void> {
  waiting.push(...removals);
  if (Date.now() < removing_until) return;
  while (waiting.length > 0) {
    removing_until = Date.now() + 2 * limitOf(cache);
    const now = waiting.slice(0, removals_max);
    waiting = waiting.slice(removals_max);
    await send(cache, removal(now), limitOf(cache));
  }
  removing_until = 0;
}

let repeating_until = 0;

/** Deletes all that is doubtful as soon as Redis lets it. One request does it for the whole isolate. */
async function repeatDeletions(cache: Cache): Promise<void> {
  if (Date.now() < repeating_until) return;
  repeating_until = Date.now() + repeat_limit_ms;
  for (let keys = doubtfulKeys(); keys.length > 0 && Date.now() < repeating_until; keys = doubtfulKeys()) {
    const sent_at = newestDoubt();
    if (await send(cache, removal(keys.map((key) => ({ key, token: "-" }))), limitOf(cache))) {
      for (const key of keys) trust(key, sent_at);
    } else {
      await new Promise((resolve) => setTimeout(resolve, repeat_interval_ms));
    }
  }
  repeating_until = 0;
}

/** Whether Redis has carried it out. */
async function send(cache: Cache, words: readonly Word[], limit_ms: number): Promise<boolean> {
  const sent_at = Date.now();
  try {
    if (typeof (await command(cache.env, words, limit_ms)) === "number") return true;
    throw new Error("Redis gave a reply of another kind.");
  } catch (error) {
    noteFailure(error, sent_at);
    return false;
  }
}
