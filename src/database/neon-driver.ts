import { query_timeout_ms, type Query } from "./query.ts";

/**
 * Postgres at Neon over HTTP, without Hyperdrive: one HTTP request for each statement. The library
 * is a fifth of the bundle, so a Worker with Hyperdrive never loads it.
 */
export function queryThroughNeon(connectionString: string): Query {
  return async (text, values) => {
    const { neon } = await import("@neondatabase/serverless");
    const fetchOptions = { signal: AbortSignal.timeout(query_timeout_ms) };
    return neon(connectionString, { fetchOptions }).query(text, [...values]);
  };
}
