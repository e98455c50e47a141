import type { Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import { connectTo } from "../local/postgres/connect-to.ts";

interface Owner {
  readonly database_url: string;
  /** The name of the connection in `pg_stat_activity`. */
  readonly application_name: string;
}

/**
 * The address in DATABASE_URL. An empty variable counts as a missing one, because pg would
 * otherwise use the database of PGHOST, or one on this machine.
 *
 * @throws {ExplainedError} with the usage when the variable is missing.
 */
export function ownerUrl(usage: string): string {
  const { DATABASE_URL: url = "" } = process.env;
  if (url === "") throw new ExplainedError(usage);
  return url;
}

/**
 * Runs `run` over one connection of the owner of the bank.
 *
 * @throws {ExplainedError} when the database cannot be reached, and what `run` throws.
 */
export async function withOwner<Result>(
  { database_url, application_name }: Owner,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const complaint = "The database cannot be reached";
  const client = await connectTo({ url: database_url, application_name, complaint });
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
