import type { Cache } from "./cache.ts";
import { Gathering, takeFirst } from "./gathering.ts";
import type { CacheKey } from "./keys.ts";
import { command, inRedisTime } from "./redis.ts";

/**
 * So many reads of an isolate are under way before the next one shares a command. With fewer, to
 * wait for another one would only delay a read.
 */
const reads_alone_max = 3;
/** A read waits for another command only if Redis is so near. */
const patience_ms = 10;
/** Of one command, unless a single read has more. */
const keys_max = 100;
/** A read that has been under way for longer belongs to a request that ended without a trace. */
const under_way_max_ms = 1_000;

interface Read {
  readonly keys: readonly CacheKey[];
  readonly began_at: number;
}

interface WaitingRead extends Read {
  readonly resolve: (found: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const reads = new Gathering<WaitingRead>(patience_ms);
/** The reads of this isolate, the first one first. */
const under_way = new Set<Read>();

/**
 * Reads what Redis has under the keys. When an isolate has many reads under way, they share
 * commands: a command of its own is most of what a cached read costs the Worker. A read goes with
 * no command that was sent before it began, so it finds nothing older than if it had asked alone.
 *
 * Throws what `command` throws.
 */
export async function readTogether(cache: Cache, keys: readonly CacheKey[]): Promise<unknown> {
  const began_at = Date.now();
  const [first] = under_way;
  if (first !== undefined && began_at - first.began_at > under_way_max_ms) under_way.delete(first);
  const is_alone = under_way.size < reads_alone_max;
  const read = { keys, began_at };
  under_way.add(read);
  try {
    return await (is_alone ? readAll(cache, keys) : share(cache, read));
  } finally {
    under_way.delete(read);
  }
}

const readAll = ({ env }: Cache, keys: readonly CacheKey[]): Promise<unknown> =>
  command(env, ["MGET", ...keys], env.REDIS_READ_TIMEOUT_MS);

function share(cache: Cache, read: Read): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const waiting: WaitingRead = { ...read, resolve, reject };
  if (reads.join(waiting)) return inRedisTime(promise, cache.env.REDIS_READ_TIMEOUT_MS);
  cache.waitUntil(reads.lead(waiting, (all) => sendReads(cache, all)));
  return promise;
}

/** Never rejects. */
async function sendReads(cache: Cache, waiting: WaitingRead[]): Promise<void> {
  const sent = takeFirst(waiting, keys_max);
  const keys = sent.flatMap((read) => read.keys);
  try {
    const found = await readAll(cache, keys);
    if (!Array.isArray(found) || found.length !== keys.length)
      throw new Error("Redis gave a reply of another kind.");
    for (const read of sent) read.resolve(found.splice(0, read.keys.length));
  } catch (error) {
    for (const { reject } of sent) reject(error);
  }
}
