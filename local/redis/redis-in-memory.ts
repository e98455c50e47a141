import { createHash } from "node:crypto";
import RedisMock from "ioredis-mock";
import {
  RedisReplyError,
  type RedisBackend,
  type RedisCommand,
  type RedisReply,
} from "./redis-backend.ts";

type Method = (...parameters: string[]) => Promise<unknown>;

/**
 * A Redis in this process, for machines without one. It is good enough for the cache and the
 * limits, but it proves nothing. Commands run one after another, as in a real Redis. Inside a
 * script, a missing field of `HMGET` is nil and not false.
 */
export function openInMemoryRedis(): RedisBackend {
  const redis = new RedisMock();
  const scripts = new Map<string, string>();
  let queue: Promise<unknown> = Promise.resolve();
  const runInTurn = (commands: readonly RedisCommand[]): Promise<RedisReply[]> => {
    const turn = queue.then(async () => {
      const replies: RedisReply[] = [];
      for (const command of commands) replies.push(await run(redis, scripts, command));
      return replies;
    });
    queue = turn;
    return turn;
  };
  return {
    runEach: runInTurn,
    runTogether: async (commands) => {
      const unknown = commands.find(([name]) => !isKnown(redis, name));
      if (unknown !== undefined) {
        throw new RedisReplyError("EXECABORT Transaction discarded because of previous errors.");
      }
      return runInTurn(commands);
    },
    close: async () => {
      redis.disconnect();
    },
  };
}

async function run(
  redis: object,
  scripts: Map<string, string>,
  command: RedisCommand,
): Promise<RedisReply> {
  const [name, ...parameters] = command;
  try {
    switch (name.toUpperCase()) {
      case "SET":
        return await set(redis, parameters);
      case "SCRIPT":
        return runScriptCommand(scripts, parameters);
      case "EVAL":
        scripts.set(sha1(parameters[0] ?? ""), parameters[0] ?? "");
        return await callMethod(redis, "eval", parameters);
      case "EVALSHA": {
        const script = scripts.get(parameters[0]?.toLowerCase() ?? "");
        if (script === undefined)
          return new RedisReplyError("NOSCRIPT No matching script. Please use EVAL.");
        return await callMethod(redis, "eval", [script, ...parameters.slice(1)]);
      }
      default:
        return await callMethod(redis, name, parameters);
    }
  } catch (error) {
    return new RedisReplyError(error instanceof Error ? error.message : String(error));
  }
}

async function callMethod(
  redis: object,
  name: string,
  parameters: readonly string[],
): Promise<RedisReply> {
  const method = findMethod(redis, name);
  if (method === undefined) return new RedisReplyError(`ERR unknown command '${name}'`);
  return toReply(await method.apply(redis, [...parameters]));
}

/** `ioredis-mock` has no `call()`. Each command that it knows is a method. */
function findMethod(redis: object, name: string): Method | undefined {
  if (!/^[a-z]+$/i.test(name)) return undefined;
  const candidate: unknown = Reflect.get(redis, name.toLowerCase());
  return typeof candidate === "function" ? (candidate as Method) : undefined;
}

function isKnown(redis: object, name: string): boolean {
  return name.toUpperCase() === "EVALSHA" || findMethod(redis, name) !== undefined;
}

/**
 * `ioredis-mock` knows options in upper case only. Its `SET … NX GET` overwrites the value, while
 * Redis 7 returns the value and keeps it.
 */
async function set(
  redis: object,
  [key = "", value = "", ...rest]: readonly string[],
): Promise<RedisReply> {
  const options = rest.map((option) => option.toUpperCase());
  if (!options.includes("NX") || !options.includes("GET")) {
    return callMethod(redis, "set", [key, value, ...options]);
  }
  const present = await callMethod(redis, "get", [key]);
  if (present !== null) return present;
  await callMethod(redis, "set", [key, value, ...options.filter((option) => option !== "GET")]);
  return null;
}

/** `ioredis-mock` has no `SCRIPT`. */
function runScriptCommand(
  scripts: Map<string, string>,
  [name = "", ...parameters]: readonly string[],
): RedisReply {
  switch (name.toUpperCase()) {
    case "LOAD": {
      const [script = ""] = parameters;
      scripts.set(sha1(script), script);
      return sha1(script);
    }
    case "EXISTS":
      return parameters.map((hash) => (scripts.has(hash.toLowerCase()) ? 1 : 0));
    case "FLUSH":
      scripts.clear();
      return "OK";
    default:
      return new RedisReplyError(`ERR unknown subcommand '${name}'`);
  }
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** `ioredis-mock` reshapes some replies as ioredis does. On the wire a hash is a flat list. */
function toReply(value: unknown): RedisReply {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || value instanceof Uint8Array)
    return value;
  // Lua's false is nil in Redis.
  if (typeof value === "boolean") return value ? 1 : null;
  if (Array.isArray(value)) return value.map(toReply);
  if (value instanceof Error) return new RedisReplyError(value.message);
  if (typeof value === "object")
    return Object.entries(value).flatMap(([name, held]) => [name, toReply(held)]);
  return new RedisReplyError(`ERR a reply of an unknown kind: ${typeof value}`);
}
