import path from "node:path";
import { Client } from "pg";
import { bankApiUrl, chooseBankApiPassword, setBankApiPassword } from "./bank-api-password.ts";
import { ExplainedError } from "./explained-error.ts";
import { startPostgres } from "./postgres.ts";

export interface LocalDatabase {
  /** As the role that owns the bank's schemas. */
  readonly url: string;
  /** What it is, for people: `PostgreSQL 18.4 on 127.0.0.1:41234`. */
  readonly description: string;
  /** Resolves when a server started here ends. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

const connect_timeout_ms = 5_000;
const oldest_version = 15;

/**
 * The PostgreSQL at `database_url`, or one of our own in `directory`.
 *
 * @throws {ExplainedError} when it does not answer, is too old, or its role may not create roles.
 */
export async function openDatabase(
  database_url: string | undefined,
  directory: string,
): Promise<LocalDatabase> {
  if (database_url !== undefined) {
    const description = await inspectServer(database_url);
    return {
      url: database_url,
      description,
      ended: new Promise(() => undefined),
      stop: async () => undefined,
    };
  }
  const postgres = await startPostgres({ directory: path.join(directory, "postgres") });
  const description = await inspectServer(postgres.url);
  return { url: postgres.url, description, ended: postgres.ended, stop: () => postgres.stop() };
}

async function inspectServer(url: string): Promise<string> {
  const { host } = new URL(url);
  const client = await connectTo(url, "DATABASE_URL does not answer");
  try {
    const { rows } = await client.query<{ version: string; may_create_roles: boolean }>(
      `select current_setting('server_version') as version,
              (select rolsuper or rolcreaterole from pg_catalog.pg_roles where rolname = current_user)
                or (select count(*) = 2 from pg_catalog.pg_roles where rolname in ('bank_owner', 'bank_api'))
                as may_create_roles`,
    );
    const version = rows[0]?.version.split(" ")[0] ?? "";
    if (Number.parseInt(version, 10) < oldest_version) {
      throw new ExplainedError(
        `Edgebank needs PostgreSQL ${String(oldest_version)} or later: ${host} has ${version}.`,
      );
    }
    if (rows[0]?.may_create_roles !== true) {
      throw new ExplainedError(
        "The role of DATABASE_URL may not create roles: alter role … createrole, or let an administrator create bank_owner and bank_api.",
      );
    }
    return `PostgreSQL ${version} at ${host}`;
  } finally {
    await client.end();
  }
}

/**
 * Lets the Worker's role in, and tries its door.
 *
 * @returns the connection string of `bank_api`.
 * @throws {ExplainedError} when the server does not let that role in.
 */
export async function openBankApi(url: string): Promise<string> {
  const owner = await connectTo(url, "The database does not answer");
  const password = chooseBankApiPassword(owner);
  await setBankApiPassword(owner, password).finally(() => owner.end());
  const bank_api_url = bankApiUrl(url, password);
  const worker = await connectTo(bank_api_url, "The server does not let the Worker's role bank_api in");
  await worker.end();
  return bank_api_url;
}

async function connectTo(url: string, complaint: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connect_timeout_ms });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new ExplainedError(`${complaint}: ${reasonOf(error)}`);
  }
}

/** A host with two addresses fails with an error that holds both, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
