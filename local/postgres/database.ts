import path from "node:path";
import type { Client } from "pg";
import { ExplainedError } from "../explained-error.ts";
import { claimDatabase } from "./database-claim.ts";
import { connectTo } from "./connect-to.ts";
import { migrate } from "../../scripts/migrate.ts";
import { IncompatibleSchemaError } from "../../scripts/migration-files.ts";
import { nameWayIn } from "./shell-variables.ts";
import { startPostgres } from "./start-postgres.ts";
import { openWorkerLogin } from "./worker-login.ts";

export interface LocalDatabase {
  /** Connects as a role that may act as the owner of the bank. */
  readonly url: string;
  /** For people to read: `PostgreSQL 18.4 at 127.0.0.1:41234`. */
  readonly description: string;
  /** Resolves when a server started here ends. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

const oldest_version = 15;

/**
 * Opens the PostgreSQL at `database_url`, or an embedded one in `directory`. Claims its database
 * and changes nothing else.
 *
 * @throws {ExplainedError} when the server does not answer or is too old, when the database
 * contains something that `npm start` did not make, or when the role lacks a right that is needed.
 */
export async function openDatabase(
  database_url: string | undefined,
  directory: string,
): Promise<LocalDatabase> {
  if (database_url !== undefined) {
    const description = await openServer(database_url, `DATABASE_URL${nameWayIn(process.env)}`);
    return {
      url: database_url,
      description,
      ended: new Promise(() => undefined),
      stop: async () => undefined,
    };
  }
  const postgres = await startPostgres({ directory: path.join(directory, "postgres") });
  try {
    const description = await openServer(postgres.url, undefined);
    return { url: postgres.url, description, ended: postgres.ended, stop: () => postgres.stop() };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function openServer(url: string, variable: string | undefined): Promise<string> {
  const { host } = new URL(url);
  const complaint = `${variable ?? "The PostgreSQL started here"} does not answer`;
  const client = await connectTo({ url, complaint });
  try {
    const version = await requireVersion(client, host);
    await requireRights(client);
    const content = await claimDatabase(client, variable === undefined);
    if (content !== undefined) {
      throw new ExplainedError(
        "The database of DATABASE_URL holds something that npm start did not make " +
          `(${content}): name an empty database, or one that an earlier npm start filled.`,
      );
    }
    return `PostgreSQL ${version} at ${host}`;
  } finally {
    await client.end();
  }
}

async function requireVersion(client: Client, host: string): Promise<string> {
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  const version = rows[0]?.version.split(" ")[0] ?? "";
  if (Number.parseInt(version, 10) >= oldest_version) return version;
  throw new ExplainedError(
    `Edgebank needs PostgreSQL ${String(oldest_version)} or later: ${host} has ${version}.`,
  );
}

/**
 * From PostgreSQL 16 on, a role that may create roles may still not grant roles that another role
 * has made.
 */
async function requireRights(client: Client): Promise<void> {
  const { rows } = await client.query<{
    role: string;
    may_create: boolean;
    foreign_roles: string[];
  }>(
    `select me.rolname::text as role, me.rolsuper or me.rolcreaterole as may_create,
            array(select rolname::text from pg_catalog.pg_roles
                   where rolname in ('bank_owner', 'bank_api') and not me.rolsuper
                     and current_setting('server_version_num')::integer >= 160000
                     and not pg_has_role(me.oid, oid, 'member with admin option')
                   order by rolname) as foreign_roles
       from pg_catalog.pg_roles as me where me.rolname = current_user`,
  );
  const { role = "", may_create = false, foreign_roles = [] } = rows[0] ?? {};
  if (!may_create) {
    throw new ExplainedError(
      "The role of DATABASE_URL may not create roles: let an administrator run " +
        `alter role ${role} createrole.`,
    );
  }
  if (foreign_roles.length > 0) {
    throw new ExplainedError(
      `Another role has made ${foreign_roles.join(" and ")} on this server: let an ` +
        `administrator run grant bank_owner, bank_api to ${role} with admin option.`,
    );
  }
}

/**
 * Migrates the database.
 *
 * @throws {ExplainedError} when another version of the bank has filled it.
 */
export async function migrateOrExplain(
  database: LocalDatabase,
  place: { readonly data_directory: string | undefined },
): Promise<{ applied: readonly string[]; changes: readonly string[] }> {
  const changes: string[] = [];
  try {
    const { applied } = await migrate(database.url, undefined, (change) => changes.push(change));
    return { applied, changes };
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    const what =
      place.data_directory === undefined
        ? "The database of DATABASE_URL was filled by another version of Edgebank, which this " +
          "one cannot open: name an empty one, or drop it and create it again."
        : `The data directory ${place.data_directory} was filled by another version of ` +
          "Edgebank, which this one cannot open: move it away, or delete it.";
    throw new ExplainedError(what, { cause: error });
  }
}

/**
 * Creates the Worker's login role, and leaves the login roles of other banks as they are.
 *
 * @returns the connection string of that role.
 */
export async function openWorkerDatabase(url: string, secret: string): Promise<string> {
  const client = await connectTo({ url, complaint: "The database does not answer any more" });
  try {
    return await openWorkerLogin(client, url, secret);
  } finally {
    await client.end();
  }
}
