import { HyperdriveConnection } from "./hyperdrive-connection.ts";
import { LentConnections } from "./lent-connections.ts";
import type { Query } from "./query.ts";

/** Keeps a request alive, beyond its response, while it lends its connection. */
export type Lend = (loan: Promise<void>) => void;

/**
 * Postgres through Hyperdrive. Nothing connects before the first statement. Nothing closes a
 * connection that is not lent: the runtime closes it with the request that opened it, and
 * Hyperdrive keeps the real one to Postgres.
 *
 * bench/README.md compares it with pg's client and with postgres.js.
 *
 * @param lend Null if the caller lends nothing and uses nothing that is lent.
 */
export const queryThroughHyperdrive = (hyperdrive: Hyperdrive, lend: Lend | null): Query =>
  lend === null ? queryAlone(hyperdrive) : queryTogether(hyperdrive, lend);

/** All statements go over one connection. */
function queryAlone(hyperdrive: Hyperdrive): Query {
  let opened: Promise<HyperdriveConnection> | undefined;
  return async (text, values) => {
    opened ??= HyperdriveConnection.open(hyperdrive);
    const connection = await opened;
    return connection.query(text, values);
  };
}

const lent = new WeakMap<Hyperdrive, LentConnections>();

/** Each statement goes over a connection that is lent, or over a new one, which is then lent. */
function queryTogether(hyperdrive: Hyperdrive, lend: Lend): Query {
  const connections = lent.get(hyperdrive) ?? new LentConnections();
  lent.set(hyperdrive, connections);
  return async (text, values) => {
    const rows = await connections.query(text, values);
    if (rows !== undefined) return rows;
    const connection = await HyperdriveConnection.open(hyperdrive);
    try {
      return await connection.query(text, values);
    } finally {
      lend(connections.lend(connection));
    }
  };
}
