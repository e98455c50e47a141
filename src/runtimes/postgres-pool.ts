import { Pool } from "pg";
import { isStatementError, query_timeout_ms, text_types } from "../database/query.ts";
import type { PostgresPool } from "../env.ts";

const connection_timeout_ms = 5_000;
const idle_timeout_ms = 60_000;
/** A connection is replaced after this time, so that a new standby or a new node is found. */
const lifetime_seconds = 1_800;
const waiting_max = 2_000;

/**
 * Connections to Postgres that the requests of this process share. A Worker opens one for each
 * request, because a socket belongs to its request and Hyperdrive keeps the real ones. Here nothing
 * else would keep them.
 */
export function openPostgresPool(
  connectionString: string,
  max: number,
): PostgresPool & { close(): Promise<void> } {
  const pool = new Pool({
    connectionString,
    max,
    connectionTimeoutMillis: connection_timeout_ms,
    idleTimeoutMillis: idle_timeout_ms,
    maxLifetimeSeconds: lifetime_seconds,
    query_timeout: query_timeout_ms,
    application_name: "edgebank",
    keepAlive: true,
  });
  // Without listeners, a lost connection would end the process. The pool replaces an idle one; the
  // statement on a busy one reports the loss.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return {
    query: async (text, values) => {
      if (pool.waitingCount >= waiting_max)
        throw new Error("Too many statements wait for a connection.");
      const client = await pool.connect();
      try {
        const { rows } = await client.query<(string | null)[]>({
          text,
          values: [...values],
          rowMode: "array",
          types: text_types,
        });
        client.release();
        return rows;
      } catch (error) {
        client.release(!isStatementError(error));
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
