import { Client } from "pg";
import { HyperdriveStream } from "./hyperdrive-stream.ts";
import { query_timeout_ms, type Query } from "./query.ts";

const connection_timeout_ms = 5_000;

/**
 * Postgres through Hyperdrive. Each request opens one connection with its first statement, because
 * a socket belongs to the request that opened it. Nothing closes the connection here: the runtime
 * closes it with the request, and Hyperdrive keeps the real one to Postgres.
 *
 * bench/README.md compares pg with postgres.js.
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

/** Opens a connection. Throws the driver's errors. */
export async function connect(hyperdrive: Hyperdrive): Promise<Client> {
  const { user, password, database } = hyperdrive;
  const client = new Client({
    // A placeholder: the socket comes from the binding, so this name is never resolved.
    host: "hyperdrive",
    user,
    password,
    database,
    ssl: false,
    stream: () => new HyperdriveStream(hyperdrive).asDuplex(),
    connectionTimeoutMillis: connection_timeout_ms,
    query_timeout: query_timeout_ms,
  });
  // Without a listener, a connection lost between two statements would end the isolate. The next
  // statement reports the loss.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
