import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOwnedProcess, type OwnedProcess } from "../child-process.ts";
import { ExplainedError, reasonOf } from "../explained-error.ts";
import { findFreePort } from "../free-port.ts";
import { RedisUnavailableError, type RedisBackend } from "./redis-backend.ts";
import { connectToRedis } from "./redis-connection.ts";
import { openInMemoryRedis } from "./redis-in-memory.ts";

export type RedisKind = "own" | "started" | "in_memory";

export interface LocalRedis {
  readonly kind: RedisKind;
  readonly backend: RedisBackend;
  /** The address of a real Redis; undefined when it is in memory. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/**
 * Opens the Redis at `redis_url`. Without a URL it starts a `redis-server` from the PATH, which
 * keeps nothing on disk. Without that program it opens a Redis in this process. A server started
 * here works in `directory`.
 *
 * @throws {ExplainedError} when the Redis at `redis_url` does not answer.
 */
export async function startRedis(
  redis_url: string | undefined,
  directory?: string,
): Promise<LocalRedis> {
  if (redis_url !== undefined && redis_url !== "") {
    const backend = await connectToRedis(redis_url).catch((error: unknown) => {
      throw new ExplainedError(`REDIS_URL does not answer: ${reasonOf(error)}`);
    });
    return { kind: "own", backend, url: redis_url, stop: () => backend.close() };
  }
  const started = await startRedisServer(directory === undefined ? {} : { directory });
  if (started === undefined) {
    const backend = openInMemoryRedis();
    return { kind: "in_memory", backend, url: undefined, stop: () => backend.close() };
  }
  const backend = await connectToRedis(started.url);
  const stop = async (): Promise<void> => {
    await backend.close();
    await started.stop();
  };
  return { kind: "started", backend, url: started.url, stop };
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly password: string;
  readonly pid: number;
  /** Resolves when the server has ended. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

const port_attempts = 5;
const start_limit_ms = 10_000;

export interface RedisServerOptions {
  /** With the port and the password of an earlier server, the new one replaces it. */
  readonly port?: number;
  readonly password?: string;
  /** The working directory. Without it, a temporary one is made and deleted again. */
  readonly directory?: string;
}

/** Starts a `redis-server`. Returns undefined when there is none on the PATH. */
export async function startRedisServer(
  options: RedisServerOptions = {},
): Promise<RedisServer | undefined> {
  const password = options.password ?? randomBytes(24).toString("base64url");
  for (let attempt = 1; attempt <= port_attempts; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), "edgebank-redis-")));
    await mkdir(directory, { recursive: true });
    const server = await spawnRedisServer(port, password, directory);
    const stop = async (): Promise<void> => {
      await server?.stop();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    };
    const url = `redis://:${password}@127.0.0.1:${String(port)}`;
    if (server !== undefined && (await isAnswering(url, server))) {
      return { url, port, password, pid: server.pid, ended: server.ended, stop };
    }
    await stop();
    if (server === undefined) return undefined;
  }
  throw new ExplainedError(
    "redis-server is on the PATH but does not start: set REDIS_URL, or take it off the PATH.",
  );
}

/**
 * The configuration goes through a pipe, because everybody can see a password among the arguments.
 */
async function spawnRedisServer(
  port: number,
  password: string,
  directory: string,
): Promise<OwnedProcess | undefined> {
  const server = await startOwnedProcess({
    program: "redis-server",
    arguments: ["-"],
    spawn: { cwd: directory, stdio: ["pipe", "ignore", "ignore"] },
    stop_signals: [
      { signal: "SIGTERM", patience_ms: 5_000 },
      { signal: "SIGKILL", patience_ms: 5_000 },
    ],
    signal_whole_group: false,
  }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  const settings = [
    `bind 127.0.0.1`,
    `port ${String(port)}`,
    `requirepass ${password}`,
    `save ""`,
    `appendonly no`,
    `dir "${directory}"`,
    `maxmemory 256mb`,
    `maxmemory-policy noeviction`,
  ];
  server?.child.stdin?.on("error", () => undefined);
  server?.child.stdin?.end(`${settings.join("\n")}\n`);
  return server;
}

async function isAnswering(url: string, server: OwnedProcess): Promise<boolean> {
  const give_up_at = Date.now() + start_limit_ms;
  while (!server.hasEnded() && Date.now() < give_up_at) {
    try {
      const connection = await connectToRedis(url);
      await connection.close();
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      await delay(20);
    }
  }
  return false;
}
