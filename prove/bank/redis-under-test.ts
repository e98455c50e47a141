import { sendSignal } from "../../local/child-process.ts";
import type { RedisBackend } from "../../local/redis/redis-backend.ts";
import { connectToRedis } from "../../local/redis/redis-connection.ts";
import {
  startRedisServer,
  type RedisServer,
  type RedisServerOptions,
} from "../../local/redis/start-redis.ts";

/** A `redis-server` that can be killed, frozen and brought back under the same address. */
export class RedisUnderTest {
  readonly #directory: string;
  #server: RedisServer;
  readonly backend: RedisBackend;

  private constructor(directory: string, server: RedisServer, backend: RedisBackend) {
    this.#directory = directory;
    this.#server = server;
    this.backend = backend;
  }

  static async start(directory: string): Promise<RedisUnderTest> {
    const server = await startServer({ directory });
    return new RedisUnderTest(directory, server, await connectToRedis(server.url));
  }

  async kill(): Promise<void> {
    sendSignal(this.#server.pid, "SIGKILL");
    await this.#server.ended;
    await this.#server.stop();
  }

  async startAgain(): Promise<void> {
    const { port, password } = this.#server;
    this.#server = await startServer({ directory: this.#directory, port, password });
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

async function startServer(options: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedisServer(options);
  if (server === undefined) throw new Error("There is no redis-server on the PATH.");
  return server;
}
