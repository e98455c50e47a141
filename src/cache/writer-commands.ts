import { inTime } from "../in-time.ts";
import type { Cache } from "./cache.ts";
import { Gathering } from "./gathering.ts";
import type { CacheKey } from "./keys.ts";
import { command, noteFailure, RedisRefusal, type Word } from "./redis.ts";
import { mark_script, remove_script } from "./scripts.ts";

/** Longer than a call to Postgres can take, including its connection. */
export const marker_lifetime_ms = 15_000;
/** Of one command, unless a single write has more. */
const keys_max = 500;
/** A marker waits for another command only if Redis is so near. */
const mark_patience_ms = 100;
/** Nobody waits for a removal. */
const removal_patience_ms = 2_000;
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

/** Whether writers treat Redis as unreachable. */
export const isUnreachable = (): boolean => Date.now() < unreachable_until;

/** The keys that one writer marks, and what it writes there. */
export interface KeysOfWriter {
  readonly keys: readonly CacheKey[];
  readonly token: string;
}

interface WaitingMarker extends KeysOfWriter {
  /** Undefined when the writer has given up. */
  answer: ((is_acknowledged: boolean) => void) | undefined;
}

const markers = new Gathering<WaitingMarker>(mark_patience_ms);
const removals = new Gathering<KeysOfWriter>(removal_patience_ms);

/** Puts a writer's marker on its keys. Returns whether Redis has acknowledged it. Never rejects. */
export function setMarker(cache: Cache, writer: KeysOfWriter, limit_ms: number): Promise<boolean> {
  return send(cache, markersOf([writer]), limit_ms);
}

/**
 * The same, but together with the markers of other writers of this isolate that come at the same
 * time. A command of its own for each is a large part of the Worker's time for a transfer.
 */
export async function setMarkerTogether(
  cache: Cache,
  writer: KeysOfWriter,
  limit_ms: number,
): Promise<boolean> {
  const marker: WaitingMarker = { ...writer, answer: undefined };
  const acknowledged = new Promise<boolean>((resolve) => (marker.answer = resolve));
  if (!markers.join(marker)) {
    cache.waitUntil(markers.lead(marker, (waiting) => sendMarkers(cache, waiting)));
    return acknowledged;
  }
  try {
    return await inTime(acknowledged, limit_ms);
  } catch {
    marker.answer = undefined;
    return false;
  }
}

async function sendMarkers(cache: Cache, waiting: WaitingMarker[]): Promise<void> {
  const taken = takeFirst(waiting).filter(({ answer }) => answer !== undefined);
  if (taken.length === 0) return;
  const is_acknowledged = await send(cache, markersOf(taken), limitOf(cache));
  for (const { answer } of taken) answer?.(is_acknowledged);
}

/**
 * Removes the writer's marker, and everything else except the markers of other writers. Returns
 * whether Redis has acknowledged it. Never rejects.
 */
export function remove(cache: Cache, writer: KeysOfWriter, limit_ms: number): Promise<boolean> {
  return send(cache, removalOf([writer]), limit_ms);
}

/**
 * The same, together with other removals of this isolate, and nobody waits for it. If it fails, no
 * value is stale. The keys are only uncached until the marker expires.
 */
export function removeTogether(cache: Cache, writer: KeysOfWriter): void {
  if (removals.join(writer)) return;
  const sendRemovals = (waiting: KeysOfWriter[]): Promise<boolean> =>
    send(cache, removalOf(takeFirst(waiting)), limitOf(cache));
  cache.waitUntil(removals.lead(writer, sendRemovals));
}

export const limitOf = ({ env }: Cache): number => env.REDIS_WRITE_TIMEOUT_MS;

const markersOf = (writers: readonly KeysOfWriter[]): Word[] =>
  commandOf(mark_script, writers, [Date.now(), marker_lifetime_ms]);

const removalOf = (writers: readonly KeysOfWriter[]): Word[] => commandOf(remove_script, writers);

function commandOf(
  script: string,
  writers: readonly KeysOfWriter[],
  others: readonly Word[] = [],
): Word[] {
  const all = writers.flatMap(({ keys }) => keys);
  const counted = writers.flatMap(({ keys, token }) => [token, keys.length]);
  return ["EVAL", script, all.length, ...all, ...others, ...counted];
}

/** Takes those that have waited longest. */
function takeFirst<Writer extends KeysOfWriter>(waiting: Writer[]): Writer[] {
  let count = 0;
  let keys = 0;
  for (const writer of waiting) {
    keys += writer.keys.length;
    if (count > 0 && keys > keys_max) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

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
