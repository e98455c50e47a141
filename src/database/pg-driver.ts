import { Client } from "pg";
import { HyperdriveStream } from "./hyperdrive-stream.ts";
import { query_timeout_ms, type Query } from "./query.ts";

const connection_timeout_ms = 5_000;

/**
 * Postgres behind Hyperdrive, over one connection for a request that is opened with its first statement, for sockets
 * belong to the request that opened them. It is not ended: the runtime closes it with the request, and Hyperdrive
 * keeps the real one.
 *
 * pg and not postgres.js: bench/README.md measures both.
 */
export function queryThroughPg(hyperdrive: Hyperdrive): Query {
  let connected: Promise<Client> | undefined;
  return async (text, values) => {
    connected ??= connect(hyperdrive);
    const client = await connected;
    const { rows } = await client.query<object>(text, [...values]);
    return rows;
  };
}

/** A connection that is ready. Throws what the driver throws. */
export async function connect(hyperdrive: Hyperdrive): Promise<Client> {
  const { user, password, database } = hyperdrive;
  const client = new Client({
    // The socket comes from the binding, and nobody looks up the name.
    host: "hyperdrive",
    user,
    password,
    database,
    ssl: false,
    stream: () => new HyperdriveStream(hyperdrive).asDuplex(),
    connectionTimeoutMillis: connection_timeout_ms,
    query_timeout: query_timeout_ms,
  });
  // A connection that is lost between two statements would otherwise end the isolate; the next statement says so.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
