import { Client } from "pg";
import { ExplainedError, reasonOf } from "../explained-error.ts";

/** A serverless database may have to wake up first. */
const connect_timeout_ms = 10_000;

interface Address {
  readonly url: string;
  /** The name of the connection in `pg_stat_activity`. */
  readonly application_name?: string;
  /** The beginning of the sentence that says why there is no connection. */
  readonly complaint: string;
}

/**
 * Opens one connection.
 *
 * @throws {ExplainedError} when the database does not answer or refuses the login. The messages of
 * pg and PostgreSQL never contain the password.
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
