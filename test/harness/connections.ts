import { Client, Pool, type QueryResult } from "pg";
import { inject } from "vitest";

export type Role = "superuser" | "bank_api";

/** Kept open between statements, because a new connection compiles each function again. */
export class Connections {
  readonly #urls: Readonly<Record<Role, string>>;
  readonly #pools: Readonly<Record<Role, Pool>>;

  constructor(urls: Readonly<Record<Role, string>>) {
    this.#urls = urls;
    this.#pools = {
      superuser: new Pool({ connectionString: urls.superuser, max: 5, allowExitOnIdle: true }),
      bank_api: new Pool({ connectionString: urls.bank_api, max: 60, allowExitOnIdle: true }),
    };
    for (const pool of Object.values(this.#pools)) pool.on("error", () => undefined);
  }

  /**
   * The pool's own `query` would drop the connection after every refusal, and connecting is slow.
   */
  async query(role: Role, text: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const client = await this.#pools[role].connect();
    try {
      return await client.query(text, [...parameters]);
    } finally {
      client.release();
    }
  }

  /** A connection outside the pools, which the caller closes. */
  async open(role: Role): Promise<Client> {
    const client = new Client({ connectionString: this.#urls[role] });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
  }
}

let shared: Connections | undefined;

/** Those of the bank that all files of a run share; the files of one worker share them too. */
export function sharedConnections(): Connections {
  shared ??= new Connections({
    superuser: inject("postgres_url"),
    bank_api: inject("bank_api_url"),
  });
  return shared;
}
