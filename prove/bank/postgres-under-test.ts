import { setTimeout as delay } from "node:timers/promises";
import { Client, type QueryResultRow } from "pg";
import { startPostgres, type Postgres } from "../../local/postgres/start-postgres.ts";
import { killWithChildren } from "./processes.ts";

const give_up_after_ms = 60_000;

/** A PostgreSQL of its own that can be killed and brought back under the same address. */
export class PostgresUnderTest {
  readonly #directory: string;
  readonly #settings: Readonly<Record<string, string>>;
  #server: Postgres;

  private constructor(
    directory: string,
    settings: Readonly<Record<string, string>>,
    server: Postgres,
  ) {
    this.#directory = directory;
    this.#settings = settings;
    this.#server = server;
  }

  static async start(
    directory: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<PostgresUnderTest> {
    return new PostgresUnderTest(directory, settings, await startPostgres({ directory, settings }));
  }

  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  get log_file(): string {
    return this.#server.log_file;
  }

  /** Kills the whole server at once. What it has written stays in the system's cache. */
  async kill(): Promise<void> {
    await killWithChildren(this.#server.pid);
    await this.#server.stop();
  }

  /** Tries a start that fails again, as a supervisor does. */
  async startAgain(): Promise<void> {
    const give_up_at = Date.now() + give_up_after_ms;
    const port = this.port;
    for (;;) {
      try {
        this.#server = await startPostgres({
          directory: this.#directory,
          port,
          settings: this.#settings,
        });
        return;
      } catch (error) {
        if (Date.now() > give_up_at) throw error;
        await delay(100);
      }
    }
  }

  get has_ended(): Promise<unknown> {
    return this.#server.ended;
  }

  async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  async sql<Row extends QueryResultRow>(
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const client = await this.connect();
    return (await client.query<Row>(text, [...parameters]).finally(() => client.end())).rows;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}
