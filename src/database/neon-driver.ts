import { query_timeout_ms, text_types, type Query, type Row } from "./query.ts";

/**
 * Postgres at Neon over HTTP, without Hyperdrive: one HTTP request for each statement. The library
 * is a fifth of the bundle, so a Worker with Hyperdrive never loads it.
 */
export function queryThroughNeon(connectionString: string): Query {
  return async (text, values) => {
    const { neon } = await import("@neondatabase/serverless");
    const rows = await neon(connectionString).query(text, [...values], {
      arrayMode: true,
      types: text_types,
      fetchOptions: { signal: AbortSignal.timeout(query_timeout_ms) },
    });
    return rows as Row[];
  };
}
