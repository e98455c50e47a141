import { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";

const lateness_ms = 25;
const extensions_max = 20;
const break_ms = 5_000;
/**
 * One slow answer is no sign of an outage. An outage means slow answers again and again, or none.
 */
const timeouts_in_a_row_max = 3;

/** Until this time the circuit breaker is open: reads of this isolate do not ask Redis. */
let broken_until = 0;
let timeouts_in_a_row = 0;
let last_timeout_at = 0;

/**
 * Redis did not answer, or the circuit breaker is open. Callers of the API never see this error.
 */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** The answer took longer than the limit of the setting. */
class RedisTimeout extends Error {
  override readonly name = "RedisTimeout";
}

/**
 * Redis refused the command. Its message quotes the command with its values, so only the first word
 * is kept.
 */
export class RedisRefusal extends Error {
  override readonly name = "RedisRefusal";
}

export type Word = string | number;

/**
 * Sends one command over Upstash's REST protocol. It does not use Upstash's client, which costs
 * twice the request itself. The cache needs none of the client's features: retries, pipelines,
 * base64 answers, telemetry and sync tokens.
 *
 * Throws the original error. `attempt` and `noteFailure` interpret it.
 */
export async function command(
  env: Env,
  words: readonly Word[],
  limit_ms: number,
): Promise<unknown> {
  const controller = new AbortController();
  const limit = limitTime(() => controller.abort(), limit_ms);
  try {
    const response = await fetch(env.UPSTASH_REDIS_REST_URL, {
      method: "POST",
      headers: headersOf(env),
      body: JSON.stringify(words),
      signal: controller.signal,
    });
    // Upstash answers each command with either a result or an error.
    const reply = (await response.json()) as {
      readonly result?: unknown;
      readonly error?: unknown;
    };
    if (!response.ok || reply.error !== undefined) {
      throw new RedisRefusal(String(reply.error).split(" ", 1)[0]);
    }
    return reply.result;
  } catch (error) {
    throw controller.signal.aborted ? timedOut(limit_ms) : error;
  } finally {
    clearTimeout(limit.timer);
  }
}

const timedOut = (limit_ms: number): RedisTimeout =>
  new RedisTimeout(`no answer within ${String(limit_ms)} ms`);

/**
 * Waits for a reply that another request has asked for, as long as for one's own.
 *
 * Throws `RedisTimeout`, and what the promise rejects with.
 */
export function inRedisTime<Reply>(reply: Promise<Reply>, limit_ms: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const limit = limitTime(() => {
      reject(timedOut(limit_ms));
    }, limit_ms);
    reply.then(resolve, reject).finally(() => {
      clearTimeout(limit.timer);
    });
  });
}

const headers_of_env = new WeakMap<Env, Headers>();

function headersOf(env: Env): Headers {
  let headers = headers_of_env.get(env);
  if (headers === undefined) {
    headers = new Headers({ Authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` });
    headers_of_env.set(env, headers);
  }
  return headers;
}

interface TimeLimit {
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Expires after the limit. A timer that fires late shows that the isolate was busy and could not
 * have read an answer. The command then gets its full time again, up to 20 times, so that a busy
 * isolate does not look like an outage of Redis.
 */
function limitTime(expire: () => void, limit_ms: number): TimeLimit {
  let due_at = Date.now() + limit_ms;
  let extensions_left = extensions_max;
  const onTime = (): void => {
    const is_late = Date.now() - due_at > lateness_ms;
    if (!is_late || extensions_left === 0) {
      expire();
      return;
    }
    extensions_left -= 1;
    due_at = Date.now() + limit_ms;
    limit.timer = setTimeout(onTime, limit_ms);
  };
  const limit: TimeLimit = { timer: setTimeout(onTime, limit_ms) };
  return limit;
}

const clients = new WeakMap<Env, Redis>();

/**
 * Upstash's own client, for everything outside the path of a read. One for each isolate, because it
 * holds no connection.
 */
export function openRedis(env: Env): Redis {
  let client = clients.get(env);
  if (client === undefined) {
    client = new Redis({
      url: env.UPSTASH_REDIS_REST_URL,
      token: env.UPSTASH_REDIS_REST_TOKEN,
      // `retry: false` would still try a second time.
      retry: { retries: 0 },
      // A function and not a signal: with a plain signal, the client turns a timeout into a success
      // with a made-up value.
      signal: () => {
        const controller = new AbortController();
        limitTime(() => controller.abort(), env.REDIS_READ_TIMEOUT_MS);
        return controller.signal;
      },
      automaticDeserialization: false,
      enableAutoPipelining: false,
      readYourWrites: false,
      enableTelemetry: false,
    });
    clients.set(env, client);
  }
  return client;
}

/**
 * Runs a command, or fails at once while the circuit breaker is open. Only for commands that may be
 * skipped: reads, fills and counters, never a deletion.
 *
 * Throws `RedisUnavailable`.
 */
export async function attempt<T>(run: () => Promise<T>): Promise<T> {
  if (Date.now() < broken_until) throw new RedisUnavailable();
  const sent_at = Date.now();
  try {
    const reply = await run();
    timeouts_in_a_row = 0;
    return reply;
  } catch (error) {
    noteFailure(error, sent_at);
    throw new RedisUnavailable();
  }
}

/**
 * Opens the circuit breaker after an outage at once, and after timeouts only when several come in a
 * row. One stall that hits several commands at once counts as one timeout. Only the failure that
 * opens the breaker is logged.
 */
export function noteFailure(error: unknown, sent_at: number): void {
  const is_slow = error instanceof Error && ["RedisTimeout", "AbortError"].includes(error.name);
  if (is_slow && sent_at < last_timeout_at) return;
  timeouts_in_a_row = is_slow ? timeouts_in_a_row + 1 : 0;
  if (is_slow) last_timeout_at = Date.now();
  if (is_slow && timeouts_in_a_row < timeouts_in_a_row_max) return;
  if (Date.now() < broken_until) return;
  broken_until = Date.now() + break_ms;
  timeouts_in_a_row = 0;
  log("redis_break", { break_ms, reason: is_slow ? "slow" : "outage", ...describeError(error) });
}
