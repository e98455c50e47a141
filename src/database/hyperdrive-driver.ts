import { HyperdriveConnection } from "./hyperdrive-connection.ts";
import type { Query } from "./query.ts";

/**
 * Postgres through Hyperdrive. Each request opens one connection with its first statement, because
 * a socket belongs to the request that opened it. Nothing closes the connection here: the runtime
 * closes it with the request, and Hyperdrive keeps the real one to Postgres.
 *
 * bench/README.md compares it with pg's client and with postgres.js.
 */
export function queryThroughHyperdrive(hyperdrive: Hyperdrive): Query {
  let opened: Promise<HyperdriveConnection> | undefined;
  return async (text, values) => {
    opened ??= HyperdriveConnection.open(hyperdrive);
    const connection = await opened;
    return connection.query(text, values);
  };
}
