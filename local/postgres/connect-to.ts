import { Client } from "pg";
import { ExplainedError } from "../explained-error.ts";

/** A serverless database may have to wake up first. */
const connect_timeout_ms = 10_000;

interface Address {
  readonly url: string;
  /** What `pg_stat_activity` calls the connection. */
  readonly application_name?: string;
  /** How the sentence begins that says why there is no connection. */
  readonly complaint: string;
}

/**
 * Opens one connection.
 *
 * @throws {ExplainedError} when the database does not answer, or lets nobody in. Neither pg nor PostgreSQL repeats the
 * password.
 */
export async function connectTo({ url, application_name, complaint }: Address): Promise<Client> {
  let client: Client | undefined;
  try {
    client = new Client({
      connectionString: url,
      connectionTimeoutMillis: connect_timeout_ms,
      application_name,
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    await client?.end().catch(() => undefined);
    throw new ExplainedError(`${complaint}: ${reasonOf(error)}`, { cause: error });
  }
}

/** A host with two addresses fails with an error for each address, and with no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
