import { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";

const command_timeout_ms = 150;
const lateness_ms = 25;
const extensions_max = 20;
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
    signal: limitTime,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    readYourWrites: false,
    enableTelemetry: false,
  });
}

/** Aborts a command that takes too long. */
function limitTime(): AbortSignal {
  const controller = new AbortController();
  abortLater(controller, extensions_max);
  return controller.signal;
}

/**
 * A timer that comes late itself shows that the isolate was busy, hashing passwords, and could not have read an
 * answer; then the command gets its time again. Otherwise a burst of logins would look like an outage of Redis.
 */
function abortLater(controller: AbortController, extensions_left: number): void {
  const due_at = Date.now() + command_timeout_ms;
  setTimeout(() => {
    const is_late = Date.now() - due_at > lateness_ms;
    if (is_late && extensions_left > 0) abortLater(controller, extensions_left - 1);
    else controller.abort();
  }, command_timeout_ms);
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
