import type { Client } from "pg";
import type { Database } from "../database/call.ts";
import { queryThroughNeon } from "../database/neon-driver.ts";
import { connect } from "../database/pg-driver.ts";
import type { Query } from "../database/query.ts";
import type { Env } from "../env.ts";

/**
 * A connection that outlives the requests that use it, which a Durable Object allows. It is opened
 * with the first statement. It is opened again after a statement without an answer, because that
 * answer could still arrive.
 */
export class KeptConnection implements Database {
  readonly query: Query;
  elapsed_ms = 0;
  #client: Client | undefined;

  constructor({ HYPERDRIVE, DATABASE_URL }: Pick<Env, "HYPERDRIVE" | "DATABASE_URL">) {
    this.query =
      HYPERDRIVE === undefined
        ? queryThroughNeon(DATABASE_URL ?? "")
        : (text, values) => this.#send(HYPERDRIVE, text, values);
  }

  async #send(
    hyperdrive: Hyperdrive,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly object[]> {
    const client = (this.#client ??= await this.#open(hyperdrive));
    try {
      const { rows } = await client.query<object>(text, [...values]);
      return rows;
    } catch (error) {
      // If Postgres itself refused the statement, the connection is still good.
      if ((error as { severity?: unknown }).severity !== "ERROR") this.#close(client);
      throw error;
    }
  }

  async #open(hyperdrive: Hyperdrive): Promise<Client> {
    const client = await connect(hyperdrive);
    client.once("end", () => {
      this.#close(client);
    });
    return client;
  }

  #close(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
  }
}
