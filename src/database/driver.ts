import { Client } from "pg";
import { neon } from "@neondatabase/serverless";
import type { Env } from "../env.ts";

const connection_timeout_ms = 5_000;
/** A little above the `statement_timeout` of the role, which should strike first and says more. */
const query_timeout_ms = 7_000;

/** Sends one statement to Postgres and answers its rows. */
export type Query = (text: string, values: readonly unknown[]) => Promise<readonly object[]>;

/** Hyperdrive when it is bound, else Neon over HTTP. Neither connects before the first statement. */
export function openDriver(env: Env): Query {
  if (env.HYPERDRIVE !== undefined) return queryThroughPg(env.HYPERDRIVE);
  return queryThroughNeon(env.DATABASE_URL ?? "");
}

/**
 * One connection for a request, for sockets belong to the request that opened them. It is not ended: the
 * runtime closes it with the request, and Hyperdrive keeps the real one.
 */
function queryThroughPg(hyperdrive: Hyperdrive): Query {
  let connected: Promise<Client> | undefined;
  return async (text, values) => {
    connected ??= connect(hyperdrive.connectionString);
    const client = await connected;
    const { rows } = await client.query<object>(text, [...values]);
    return rows;
  };
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: connection_timeout_ms,
    query_timeout: query_timeout_ms,
  });
  // A connection that is lost between two statements would otherwise end the isolate; the next statement says so.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function queryThroughNeon(connectionString: string): Query {
  return async (text, values) => {
    const fetchOptions = { signal: AbortSignal.timeout(query_timeout_ms) };
    return neon(connectionString, { fetchOptions }).query(text, [...values]);
  };
}
