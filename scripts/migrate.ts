import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { MigrationError, Umzug, type UmzugStorage } from "umzug";
import { applyRoles } from "./apply-roles.ts";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { applyFunctions } from "./migrate-functions.ts";
import {
  IncompatibleSchemaError,
  migrations_directory,
  readMigrationFiles,
  runsInTransaction,
  type SqlFile,
} from "./migration-files.ts";
import { applyAlone, isApplied } from "./migrate-alone.ts";
import { inPatientTransaction } from "./migration-lock.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";
import { runSqlFile } from "./run-sql-file.ts";

export interface Migrated {
  /** The files applied by this run, in their order. */
  readonly applied: readonly string[];
}

/**
 * Migrates a database. It corrects the roles, applies each ordered migration once, and then applies
 * the functions whose text has changed. All of this is one transaction behind one lock, so a
 * failure leaves nothing behind, and of twenty runs at once only one does the work. A file that
 * cannot run in a transaction splits the run: what comes before it is committed first. After a
 * failure the next run goes on with the first file that is not applied.
 *
 * A transaction waits 1 s at most for a lock, because everybody who needs the same table waits
 * behind it. Then it rolls back and begins again.
 *
 * @param report gets each limit of a role that had to be set again or cleared.
 * @throws {IncompatibleSchemaError} when an applied file was edited, or when the database has files
 * that are not here.
 * @throws {ExplainedError} when the database cannot be reached, a file fails, or the connected role
 * lacks a right.
 */
export async function migrate(
  database_url: string,
  directory = migrations_directory,
  report: (change: string) => void = () => undefined,
): Promise<Migrated> {
  const files = await readMigrationFiles(directory);
  return withOwner({ database_url, application_name: "edgebank-migrate" }, async (client) => {
    const applied: string[] = [];
    for (const [index, file] of files.ordered.entries()) {
      if (runsInTransaction(file) || (await isApplied(client, file))) continue;
      const before = {
        all: files.ordered,
        ordered: files.ordered.slice(0, index),
        functions: undefined,
      };
      applied.push(...(await migrateTo(client, before, directory, report)));
      if (await applyAlone(client, file)) applied.push(file.name);
    }
    applied.push(...(await migrateTo(client, { all: files.ordered, ...files }, directory, report)));
    return { applied };
  });
}

interface Step {
  /** The ordered files that may be applied already. */
  readonly all: readonly SqlFile[];
  /** Those that are due. */
  readonly ordered: readonly SqlFile[];
  /** Undefined while ordered files are still to come. */
  readonly functions: readonly SqlFile[] | undefined;
}

/** Applies the missing files of a step in one transaction. */
async function migrateTo(
  client: Client,
  { all, ordered, functions }: Step,
  directory: string,
  report: (change: string) => void,
): Promise<string[]> {
  const { applied, changes } = await inPatientTransaction(client, async () => {
    await createBookkeeping(client);
    await refuseEditedOrUnknown(client, all);
    const changes = await applyRoles(client, directory);
    const applied = await applyOrdered(client, ordered);
    if (functions !== undefined) {
      applied.push(...(await applyFunctions(client, functions)));
      await prepareAuditPartitions(client);
      await keepReadOnly(client);
    }
    return { applied, changes };
  });
  for (const change of changes) report(change);
  return applied;
}

/** An event that is stored before its month has a partition could never be archived with it. */
async function prepareAuditPartitions(client: Client): Promise<void> {
  const { rows } = await client.query<{ prepare: string | null }>(
    "select to_regprocedure('bank.prepare_audit_partitions()')::text as prepare",
  );
  if (rows[0]?.prepare != null) await client.query("select bank.prepare_audit_partitions()");
}

/**
 * A function that was applied again was granted again, so a read-only bank must be made read-only
 * once more.
 */
async function keepReadOnly(client: Client): Promise<void> {
  const { rows } = await client.query<{ apply: string | null }>(
    "select to_regprocedure('bank_internal.apply_read_only()')::text as apply",
  );
  if (rows[0]?.apply == null) return;
  await client.query(
    "set local role bank_owner; select bank_internal.apply_read_only(); set local role none",
  );
}

/** These tables belong to the connecting role, because they are created before the other roles. */
async function createBookkeeping(client: Client): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>(
    "select to_regclass('bank_migrations.applied') is not null as exists",
  );
  if (rows[0]?.exists === true) return;
  await client.query(`
    create schema bank_migrations;
    create table bank_migrations.applied (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default clock_timestamp()
    );
    create table bank_migrations.functions (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
}

async function applyOrdered(client: Client, files: readonly SqlFile[]): Promise<string[]> {
  const umzug = new Umzug({
    context: client,
    logger: undefined,
    storage: appliedTable(files),
    migrations: files.map((file) => ({ name: file.name, up: () => runSqlFile(client, file) })),
  });
  const applied = await umzug.up().catch((error: unknown) => {
    // An ExplainedError already names the file and the line.
    throw error instanceof MigrationError && error.cause instanceof ExplainedError
      ? error.cause
      : error;
  });
  return applied.map(({ name }) => name);
}

function appliedTable(files: readonly SqlFile[]): UmzugStorage<Client> {
  return {
    executed: async ({ context }) => {
      const { rows } = await context.query<{ name: string }>(
        "select name from bank_migrations.applied order by name",
      );
      return rows.map((row) => row.name);
    },
    logMigration: async ({ name, context }) => {
      const file = files.find((candidate) => candidate.name === name);
      await context.query("insert into bank_migrations.applied (name, sha256) values ($1, $2)", [
        name,
        file?.sha256,
      ]);
    },
    unlogMigration: async ({ name }) => {
      throw new ExplainedError(`The migration ${name} cannot be undone: write a new one.`);
    },
  };
}

export async function refuseEditedOrUnknown(
  client: Client,
  files: readonly SqlFile[],
): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    "select name, sha256 from bank_migrations.applied order by name",
  );
  for (const row of rows) {
    const file = files.find((candidate) => candidate.name === row.name);
    if (file === undefined) {
      throw new IncompatibleSchemaError(
        "ahead",
        `The database is ahead of these files: it has the migration ${row.name}, which is ` +
          "not here.",
      );
    }
    if (file.sha256 !== row.sha256) {
      throw new IncompatibleSchemaError(
        "edited",
        `The migration ${row.name} was edited after it had been applied: put it back, and ` +
          "write a new one.",
      );
    }
  }
  const newest = rows.at(-1)?.name ?? "";
  const late = files.find(
    (file) => file.name < newest && !rows.some((row) => row.name === file.name),
  );
  if (late !== undefined) {
    throw new IncompatibleSchemaError(
      "late",
      `The migration ${late.name} comes before ${newest}, which is applied already: give it ` +
        "a higher number.",
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const usage =
    "Say which database to migrate: " +
    "DATABASE_URL=postgresql://user:password@host/database npm run migrate";
  try {
    const { applied } = await migrate(ownerUrl(usage), migrations_directory, (change) => {
      process.stdout.write(`${change}\n`);
    });
    process.stdout.write(applied.length === 0 ? "Nothing to apply.\n" : `${applied.join("\n")}\n`);
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}
