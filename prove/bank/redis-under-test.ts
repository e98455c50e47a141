import { setTimeout as delay } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import { sendSignal, startOwnedProcess, type OwnedProcess } from "../../local/child-process.ts";
import { findFreePort } from "../../local/free-port.ts";
import type { RedisBackend } from "../../local/redis/redis-backend.ts";
import { connectToRedis } from "../../local/redis/redis-connection.ts";

const start_attempts_max = 500;

/** A `redis-server` that can be killed, frozen and brought back under the same address. */
export class RedisUnderTest {
  readonly #port: number;
  readonly #password: string;
  readonly #directory: string;
  #server: OwnedProcess;
  readonly backend: RedisBackend;

  private constructor(place: Place, server: OwnedProcess, backend: RedisBackend) {
    this.#port = place.port;
    this.#password = place.password;
    this.#directory = place.directory;
    this.#server = server;
    this.backend = backend;
  }

  static async start(directory: string): Promise<RedisUnderTest> {
    const place = { port: await findFreePort(), password: randomBytes(24).toString("base64url"), directory };
    const server = await spawnServer(place);
    const backend = await connect(`redis://:${place.password}@127.0.0.1:${String(place.port)}`);
    return new RedisUnderTest(place, server, backend);
  }

  async kill(): Promise<void> {
    sendSignal(this.#server.pid, "SIGKILL");
    await this.#server.ended;
    await this.#server.stop();
  }

  async startAgain(): Promise<void> {
    this.#server = await spawnServer({
      port: this.#port,
      password: this.#password,
      directory: this.#directory,
    });
  }

  freeze(): void {
    sendSignal(this.#server.pid, "SIGSTOP");
  }

  thaw(): void {
    sendSignal(this.#server.pid, "SIGCONT");
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.backend.close();
    await this.#server.stop();
  }
}

interface Place {
  readonly port: number;
  readonly password: string;
  readonly directory: string;
}

async function connect(url: string): Promise<RedisBackend> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectToRedis(url);
    } catch (error) {
      if (attempt === start_attempts_max) throw error;
      await delay(20);
    }
  }
}

/** The configuration goes through a pipe, because a password among the arguments is seen by everyone. */
async function spawnServer({ port, password, directory }: Place): Promise<OwnedProcess> {
  const server = await startOwnedProcess({
    program: "redis-server",
    arguments: ["-"],
    spawn: { cwd: directory, stdio: ["pipe", "ignore", "ignore"] },
    stop_signals: [
      { signal: "SIGTERM", patience_ms: 5_000 },
      { signal: "SIGKILL", patience_ms: 5_000 },
    ],
    signal_whole_group: false,
  });
  const settings = [
    "bind 127.0.0.1",
    `port ${String(port)}`,
    `requirepass ${password}`,
    'save ""',
    "appendonly no",
    `dir "${directory}"`,
    "maxmemory 256mb",
    "maxmemory-policy allkeys-lru",
  ];
  server.child.stdin?.on("error", () => undefined);
  server.child.stdin?.end(`${settings.join("\n")}\n`);
  return server;
}
