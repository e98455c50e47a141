import RedisMock from "ioredis-mock";
import { RedisReplyError, type RedisBackend, type RedisCommand, type RedisReply } from "./redis-backend.ts";

type Method = (...parameters: string[]) => Promise<unknown>;

/**
 * A Redis in this process, for machines without one: good enough for the cache and the limits, not for proof.
 * Commands run one after another, as in a real Redis.
 */
export function openInMemoryRedis(): RedisBackend {
  const redis = new RedisMock();
  let queue: Promise<unknown> = Promise.resolve();
  const runInTurn = (commands: readonly RedisCommand[]): Promise<RedisReply[]> => {
    const turn = queue.then(async () => {
      const replies: RedisReply[] = [];
      for (const command of commands) replies.push(await run(redis, command));
      return replies;
    });
    queue = turn;
    return turn;
  };
  return {
    runEach: runInTurn,
    runTogether: async (commands) => {
      const unknown = commands.find(([name]) => findMethod(redis, name) === undefined);
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

async function run(redis: object, command: RedisCommand): Promise<RedisReply> {
  const [name, ...parameters] = command;
  const method = findMethod(redis, name);
  if (method === undefined) return new RedisReplyError(`ERR unknown command '${name}'`);
  try {
    if (isSetIfAbsentReturningOld(command)) return await setIfAbsent(redis, parameters);
    return toReply(await method.apply(redis, parameters));
  } catch (error) {
    return new RedisReplyError(error instanceof Error ? error.message : String(error));
  }
}

/** `ioredis-mock` has no `call()`: each command it knows is a method. */
function findMethod(redis: object, name: string): Method | undefined {
  if (!/^[a-z]+$/i.test(name)) return undefined;
  const candidate: unknown = Reflect.get(redis, name.toLowerCase());
  return typeof candidate === "function" ? (candidate as Method) : undefined;
}

function isSetIfAbsentReturningOld([name, ...parameters]: RedisCommand): boolean {
  const options = parameters.slice(2).map((parameter) => parameter.toUpperCase());
  return name.toUpperCase() === "SET" && options.includes("NX") && options.includes("GET");
}

/** `ioredis-mock` overwrites in `SET … NX GET`; Redis 7 returns what is there and leaves it. */
async function setIfAbsent(redis: object, parameters: readonly string[]): Promise<RedisReply> {
  const [key = "", ...rest] = parameters;
  const present = await findMethod(redis, "get")?.call(redis, key);
  if (typeof present === "string") return present;
  const without_get = [rest[0] ?? "", ...rest.slice(1).filter((option) => option.toUpperCase() !== "GET")];
  await findMethod(redis, "set")?.call(redis, key, ...without_get);
  return null;
}

/** `ioredis-mock` reshapes some replies as ioredis does; on the wire a hash is a flat list. */
function toReply(value: unknown): RedisReply {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || value instanceof Uint8Array) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (Array.isArray(value)) return value.map(toReply);
  if (value instanceof Error) return new RedisReplyError(value.message);
  if (typeof value === "object")
    return Object.entries(value).flatMap(([name, held]) => [name, toReply(held)]);
  return String(value);
}
