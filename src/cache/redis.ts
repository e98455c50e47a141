import { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";

const command_timeout_ms = 150;
const break_ms = 5_000;

/** Until when this isolate leaves Redis alone, after it has failed once. */
let broken_until = 0;

/** Redis did not answer, or is being left alone after it did not. Never shown to a caller. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** A client for one request; making one costs nothing, and it must not outlive the request. */
export function openRedis(env: Env): Redis {
  return new Redis({
    url: env.UPSTASH_REDIS_REST_URL,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    // `retry: false` still tries a second time.
    retry: { retries: 0 },
    // A signal, instead of a function that makes one, turns a timeout into a success with a made-up value.
    signal: () => AbortSignal.timeout(command_timeout_ms),
    automaticDeserialization: false,
    enableAutoPipelining: false,
    readYourWrites: false,
    enableTelemetry: false,
  });
}

/**
 * Runs a command, or fails at once while the break lasts. The first failure begins the break and is the only one
 * that is logged.
 *
 * Throws `RedisUnavailable`.
 */
export async function attempt<T>(command: () => Promise<T>): Promise<T> {
  if (Date.now() < broken_until) throw new RedisUnavailable();
  try {
    return await command();
  } catch (error) {
    if (Date.now() >= broken_until) {
      broken_until = Date.now() + break_ms;
      log("redis_break", { break_ms, ...describeError(error) });
    }
    throw new RedisUnavailable();
  }
}
