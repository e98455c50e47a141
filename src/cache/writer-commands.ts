import { inTime } from "../in-time.ts";
import type { Cache } from "./cache.ts";
import { countThatFit, Gathering, takeFirst } from "./gathering.ts";
import type { CacheKey } from "./keys.ts";
import { command, noteFailure, RedisRefusal, type Word } from "./redis.ts";
import { writers_script } from "./scripts.ts";

/** Longer than a call to Postgres can take, including its connection. */
export const marker_lifetime_ms = 15_000;
/** Of one command, unless a single write has more. */
const keys_max = 500;
/** A marker waits for another command only if Redis is so near. */
const mark_patience_ms = 100;
/** Nobody waits for a removal. */
const removal_patience_ms = 2_000;
/** For so long a removal waits for a marker, whose command takes it along. */
const removal_delay_ms = 10;
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

interface Change {
  readonly marked: readonly KeysOfWriter[];
  readonly unmarked: readonly KeysOfWriter[];
}

interface WaitingRemoval extends KeysOfWriter {
  readonly due_at: number;
}

interface WaitingMarker extends KeysOfWriter {
  /** Undefined when the writer has given up. */
  answer: ((is_acknowledged: boolean) => void) | undefined;
}

const markers = new Gathering<WaitingMarker>(mark_patience_ms);
const removals = new Gathering<WaitingRemoval>(removal_patience_ms);

/** Puts a writer's marker on its keys. Returns whether Redis has acknowledged it. Never rejects. */
export function setMarker(cache: Cache, writer: KeysOfWriter, limit_ms: number): Promise<boolean> {
  return send(cache, { marked: [writer], unmarked: [] }, limit_ms);
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
  const marked = takeFirst(waiting, keys_max).filter(({ answer }) => answer !== undefined);
  if (marked.length === 0) return;
  const { waiting: removable } = removals;
  const unmarked = removable.splice(0, countThatFit(removable, keys_max - countKeys(marked)));
  const is_acknowledged = await send(cache, { marked, unmarked }, limitOf(cache));
  for (const { answer } of marked) answer?.(is_acknowledged);
}

/**
 * Removes the writer's marker, and everything else except the markers of other writers. Returns
 * whether Redis has acknowledged it. Never rejects.
 */
export function remove(cache: Cache, writer: KeysOfWriter, limit_ms: number): Promise<boolean> {
  return send(cache, { marked: [], unmarked: [writer] }, limit_ms);
}

/**
 * The same, but soon, and nobody waits for it: with the next markers of this isolate, or else
 * together with other removals. If it fails, no value is stale. The keys are only uncached until
 * the marker expires.
 */
export function removeSoon(cache: Cache, writer: KeysOfWriter): void {
  const removal: WaitingRemoval = { ...writer, due_at: Date.now() + removal_delay_ms };
  if (!removals.join(removal))
    cache.waitUntil(removals.lead(removal, (waiting) => sendRemovals(cache, waiting)));
}

async function sendRemovals(cache: Cache, waiting: WaitingRemoval[]): Promise<void> {
  const due_in_ms = (waiting[0]?.due_at ?? 0) - Date.now();
  if (due_in_ms > 0) await new Promise((resolve) => setTimeout(resolve, due_in_ms));
  else await send(cache, { marked: [], unmarked: takeFirst(waiting, keys_max) }, limitOf(cache));
}

export const limitOf = ({ env }: Cache): number => env.REDIS_WRITE_TIMEOUT_MS;

const countKeys = (writers: readonly KeysOfWriter[]): number =>
  writers.reduce((count, { keys }) => count + keys.length, 0);

/** Never rejects. Returns whether Redis has acknowledged it. */
async function send(
  cache: Cache,
  { marked, unmarked }: Change,
  limit_ms: number,
): Promise<boolean> {
  const changed = [...unmarked, ...marked];
  const words: Word[] = [
    "EVAL",
    writers_script,
    countKeys(changed),
    ...changed.flatMap(({ keys }) => keys),
    Date.now(),
    marker_lifetime_ms,
    ...unmarked.flatMap(({ keys, token }) => ["unmark", token, keys.length]),
    ...marked.flatMap(({ keys, token }) => ["mark", token, keys.length]),
  ];
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
