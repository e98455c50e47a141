import type { Database } from "../database/call.ts";
import { HyperdriveConnection } from "../database/hyperdrive-connection.ts";
import { queryThroughNeon } from "../database/neon-driver.ts";
import type { Query, Row, Value } from "../database/query.ts";
import type { Env } from "../env.ts";

/**
 * A connection that outlives the requests that use it, which a Durable Object allows. It is opened
 * with the first statement. It is opened again after a statement without an answer, because that
 * answer could still arrive.
 */
export class KeptConnection implements Database {
  readonly query: Query;
  elapsed_ms = 0;
  #connection: HyperdriveConnection | undefined;

  constructor({ HYPERDRIVE, DATABASE_URL }: Pick<Env, "HYPERDRIVE" | "DATABASE_URL">) {
    this.query =
      HYPERDRIVE === undefined
        ? queryThroughNeon(DATABASE_URL ?? "")
        : (text, values) => this.#send(HYPERDRIVE, text, values);
  }

  async #send(
    hyperdrive: Hyperdrive,
    text: string,
    values: readonly Value[],
  ): Promise<readonly Row[]> {
    if (this.#connection?.is_closed !== false) {
      this.#connection = await HyperdriveConnection.open(hyperdrive);
      // So that an end of it is noticed while nobody uses it.
      void this.#connection.closed();
    }
    return this.#connection.query(text, values);
  }
}
