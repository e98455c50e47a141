import { neon } from "@neondatabase/serverless";
import { query_timeout_ms, type Query } from "./query.ts";

/** Postgres at Neon over HTTP, without Hyperdrive: one HTTP request for each statement. */
export function queryThroughNeon(connectionString: string): Query {
  return async (text, values) => {
    const fetchOptions = { signal: AbortSignal.timeout(query_timeout_ms) };
    return neon(connectionString, { fetchOptions }).query(text, [...values]);
  };
}
