import { Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";

interface Owner {
  readonly database_url: string;
  /** What `pg_stat_activity` calls it. */
  readonly application_name: string;
}

/**
 * Runs something over one connection of the owner of the bank.
 *
 * @throws {ExplainedError} when the database cannot be reached, and what `run` throws.
 */
export async function withOwner<Result>(
  owner: Owner,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(owner);
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

async function connect({ database_url, application_name }: Owner): Promise<Client> {
  try {
    const client = new Client({ connectionString: database_url, application_name });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    // Neither pg nor Postgres repeats the password.
    const { message, code } = error as Error & { code?: string };
    throw new ExplainedError(`The database cannot be reached: ${message === "" ? (code ?? "?") : message}`);
  }
}
