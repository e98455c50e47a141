import { Redis } from "ioredis";
import {
  RedisReplyError,
  RedisUnavailableError,
  type RedisBackend,
  type RedisCommand,
  type RedisReply,
} from "./redis-backend.ts";

const connect_timeout_ms = 2_000;
const longest_reconnect_delay_ms = 500;

/**
 * Opens one connection to a real Redis, which all callers share. While Redis is away, commands fail
 * at once, and the connection keeps trying to come back.
 *
 * @throws {RedisUnavailableError} when the first connection fails.
 */
export async function connectToRedis(url: string): Promise<RedisBackend> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connect_timeout_ms,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, longest_reconnect_delay_ms),
  });
  let last_error = "";
  redis.on("error", (error: Error) => {
    last_error = error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new RedisUnavailableError(last_error === "" ? String(error) : last_error);
  }
  return {
    runEach: (commands) => sendAll(redis, commands),
    runTogether: (commands) => sendTransaction(redis, commands),
    close: async () => {
      redis.disconnect();
    },
  };
}

/**
 * All commands are written before the first reply is awaited, so no command of another caller comes
 * in between. Names in upper case keep ioredis from reshaping replies, because Upstash does not
 * reshape them either.
 */
async function sendAll(redis: Redis, commands: readonly RedisCommand[]): Promise<RedisReply[]> {
  const replies = commands.map(([name, ...rest]) => redis.callBuffer(name.toUpperCase(), ...rest));
  const settled = await Promise.allSettled(replies);
  return settled.map((one) =>
    one.status === "fulfilled" ? toReply(one.value) : toReplyError(one.reason),
  );
}

async function sendTransaction(
  redis: Redis,
  commands: readonly RedisCommand[],
): Promise<RedisReply[]> {
  const replies = await sendAll(redis, [["MULTI"], ...commands, ["EXEC"]]);
  const results = replies.at(-1);
  if (Array.isArray(results)) return results;
  throw results instanceof RedisReplyError
    ? results
    : new RedisReplyError("ERR EXEC gave no results");
}

function toReply(value: unknown): RedisReply {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(toReply);
  if (value instanceof Error) return new RedisReplyError(value.message);
  throw new RedisUnavailableError(`Redis gave a reply of an unknown kind: ${typeof value}`);
}

function toReplyError(reason: unknown): RedisReplyError {
  if (reason instanceof Error && reason.name === "ReplyError")
    return new RedisReplyError(reason.message);
  throw new RedisUnavailableError(reason instanceof Error ? reason.message : String(reason));
}
