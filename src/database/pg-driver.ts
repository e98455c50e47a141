import { Client } from "pg";
import { query_timeout_ms, type Query } from "./query.ts";

const connection_timeout_ms = 5_000;

/**
 * Postgres behind Hyperdrive, over one connection for a request that is opened with its first statement, for sockets
 * belong to the request that opened them. It is not ended: the runtime closes it with the request, and Hyperdrive
 * keeps the real one.
 *
 * pg and not postgres.js, because that one names its statements over Hyperdrive, which costs a round trip more on a
 * connection that lives for one request.
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
export async function connect({
  host,
  port,
  user,
  password,
  database,
  connectionString,
}: Hyperdrive): Promise<Client> {
  const client = new Client({
    // The parts spare pg the parsing of the URL; whatever else stands in it is Hyperdrive's matter.
    ...(connectionString.includes("?") ? { connectionString } : { host, port, user, password, database }),
    connectionTimeoutMillis: connection_timeout_ms,
    query_timeout: query_timeout_ms,
  });
  // A connection that is lost between two statements would otherwise end the isolate; the next statement says so.
  client.on("error", () => undefined);
  corkable(streamOf(client));
  await client.connect();
  return client;
}

interface Stream {
  write(data: Uint8Array, ...more: unknown[]): unknown;
  cork?: () => void;
  uncork?: () => void;
}

/** pg's own declarations leave the connection out; its `Connection` has had this stream since its first version. */
function streamOf(client: Client): Stream {
  return (client as unknown as { readonly connection: { readonly stream: Stream } }).connection.stream;
}

/**
 * pg sends a statement as five messages, and corks its stream so that they leave together. The stream of Workers
 * cannot be corked, and five writes cost as much as all the rest of a statement: here it learns to.
 */
function corkable(stream: Stream): void {
  if (stream.cork !== undefined) return;
  const write = stream.write.bind(stream);
  let held: Uint8Array[] | undefined;
  stream.write = (data, ...more) => (held === undefined ? write(data, ...more) : held.push(data) > 0);
  stream.cork = () => {
    held ??= [];
  };
  stream.uncork = () => {
    const messages = held ?? [];
    held = undefined;
    if (messages.length > 0) write(Buffer.concat(messages));
  };
}
