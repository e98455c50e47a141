import { createHash } from "node:crypto";
import { attempt, command, RedisUnavailable, type Word } from "../cache/redis.ts";
import type { Env } from "../env.ts";
import { inParts } from "../in-parts.ts";

const sync_interval_ms = 200;
const keys_of_command_max = 1_000;
const keys_max = 100_000;

/**
 * Adds this server's counts to those of the others, and answers the sums. KEYS, then the lifetime,
 * then the counts.
 */
const add_script = `
local sums = {}
for index, key in ipairs(KEYS) do
  sums[index] = redis.call('INCRBY', key, ARGV[index + 1])
  redis.call('PEXPIRE', key, ARGV[1])
end
return sums`;

interface Count {
  /** As far as this server knows. */
  used: number;
  /** Of these, what Redis has not been told. */
  unsent: number;
}

interface Limit {
  readonly policy: string;
  readonly quota: number;
  readonly window_seconds: number;
}

/**
 * Counts requests in fixed windows, like Cloudflare's binding: no request waits for it, and it is
 * not exact. With `env`, servers learn each other's counts through Redis, five times a second.
 * Without Redis each counts alone.
 *
 * `@upstash/ratelimit` would send a command for each request, and never learn what others count
 * after the first.
 */
export class WindowedRateLimit {
  readonly #limit: Limit;
  readonly #env: (() => Env) | null;
  readonly #counts = new Map<string, Count>();
  #window = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limit: Limit, env: (() => Env) | null) {
    this.#limit = limit;
    this.#env = env;
  }

  async limit({ key }: { readonly key: string }): Promise<{ success: boolean }> {
    const window = Math.floor(Date.now() / (this.#limit.window_seconds * 1_000));
    if (window !== this.#window) this.#counts.clear();
    this.#window = window;
    const count = this.#countOf(key);
    count.used += 1;
    count.unsent += 1;
    if (this.#env !== null && this.#timer === undefined)
      this.#timer = setTimeout(() => void this.#sync(), sync_interval_ms);
    return { success: count.used <= this.#limit.quota };
  }

  #countOf(key: string): Count {
    let count = this.#counts.get(key);
    if (count === undefined) {
      const [oldest] = this.#counts.keys();
      if (this.#counts.size >= keys_max && oldest !== undefined) this.#counts.delete(oldest);
      count = { used: 0, unsent: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  async #sync(): Promise<void> {
    this.#timer = undefined;
    const unsent = [...this.#counts].filter(([, count]) => count.unsent > 0);
    for (const counts of inParts(unsent, keys_of_command_max)) await this.#send(counts);
  }

  /** What Redis does not take stays counted here, and is not sent again: it may have arrived. */
  async #send(counts: readonly (readonly [key: string, Count])[]): Promise<void> {
    if (this.#env === null) return;
    const env = this.#env();
    const { policy, window_seconds } = this.#limit;
    const keys = counts.map(([key]) => `limit:${policy}:${String(this.#window)}:${digest(key)}`);
    const added = counts.map(([, count]) => count.unsent);
    for (const [, count] of counts) count.unsent = 0;
    const words: Word[] = [
      "EVAL",
      add_script,
      keys.length,
      ...keys,
      window_seconds * 2_000,
      ...added,
    ];
    try {
      const sums = await attempt(() => command(env, words, env.REDIS_READ_TIMEOUT_MS));
      for (const [index, [, count]] of counts.entries()) {
        const sum = Array.isArray(sums) ? Number(sums[index]) : 0;
        count.used = Math.max(count.used, sum + count.unsent);
      }
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
    }
  }
}

/** Redis gets no addresses in clear text. */
const digest = (key: string): string => createHash("sha256").update(key).digest("base64url");
