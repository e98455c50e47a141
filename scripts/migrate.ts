import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { MigrationError, Umzug, type UmzugStorage } from "umzug";
import { applyRoles } from "./apply-roles.ts";
import { describeFailure, ExplainedError } from "../local/explained-error.ts";
import { applyFunctions } from "./migrate-functions.ts";
import {
  IncompatibleSchemaError,
  migrations_directory,
  readMigrationFiles,
  type SqlFile,
} from "./migration-files.ts";
import { runSqlFile } from "./run-sql-file.ts";

export interface Migrated {
  /** The files applied by this run, in their order. */
  readonly applied: readonly string[];
}

/** Any number will do, as long as nobody else in the database locks the same one. */
export const migration_lock = 7_203_114_559;

/**
 * Brings a database up to the files: the roles as they must be, ordered migrations once each, then functions whose
 * text has changed. All of it is one transaction behind one lock, so a failure leaves nothing behind and twenty runs
 * at once do it once.
 *
 * @param report is told each limit of a role that had to be set again, or cleared.
 * @throws {IncompatibleSchemaError} when an applied file was edited, or the database knows files that are not here.
 * @throws {ExplainedError} when a file fails, or the connected role may not do what it must.
 */
export async function migrate(
  connection_string: string,
  directory = migrations_directory,
  report: (change: string) => void = () => undefined,
): Promise<Migrated> {
  const files = await readMigrationFiles(directory);
  const client = new Client({ connectionString: connection_string, application_name: "edgebank-migrate" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [migration_lock]);
    await createBookkeeping(client);
    await refuseEditedOrUnknown(client, files.ordered);
    const changes = await applyRoles(client, directory);
    const ordered = await applyOrdered(client, files.ordered);
    const functions = await applyFunctions(client, files.functions);
    await prepareAuditPartitions(client);
    await keepReadOnly(client);
    await client.query("commit");
    for (const change of changes) report(change);
    return { applied: [...ordered, ...functions] };
  } finally {
    await client.end();
  }
}

/** An event that comes before its month has a partition could never leave with it. */
async function prepareAuditPartitions(client: Client): Promise<void> {
  const { rows } = await client.query<{ prepare: string | null }>(
    "select to_regprocedure('bank.prepare_audit_partitions()')::text as prepare",
  );
  if (rows[0]?.prepare != null) await client.query("select bank.prepare_audit_partitions()");
}

/** A function whose text was applied again is granted again; a bank that is read-only stays so. */
async function keepReadOnly(client: Client): Promise<void> {
  const { rows } = await client.query<{ apply: string | null }>(
    "select to_regprocedure('bank_internal.apply_read_only()')::text as apply",
  );
  if (rows[0]?.apply == null) return;
  await client.query(
    "set local role bank_owner; select bank_internal.apply_read_only(); set local role none",
  );
}

/** It belongs to the connecting role, for it is there before the roles are. */
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
    // Ours already says which file it is, and where in it.
    throw error instanceof MigrationError && error.cause instanceof ExplainedError ? error.cause : error;
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
      throw new ExplainedError(`The migration ${name} cannot be taken back: write one that goes forward.`);
    },
  };
}

export async function refuseEditedOrUnknown(client: Client, files: readonly SqlFile[]): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    "select name, sha256 from bank_migrations.applied order by name",
  );
  for (const row of rows) {
    const file = files.find((candidate) => candidate.name === row.name);
    if (file === undefined) {
      throw new IncompatibleSchemaError(
        `The database is ahead of these files: it has the migration ${row.name}, which is not here.`,
      );
    }
    if (file.sha256 !== row.sha256) {
      throw new IncompatibleSchemaError(
        `The migration ${row.name} was edited after it had been applied: put it back, and write a new one.`,
      );
    }
  }
  const newest = rows.at(-1)?.name ?? "";
  const late = files.find((file) => file.name < newest && !rows.some((row) => row.name === file.name));
  if (late !== undefined) {
    throw new IncompatibleSchemaError(
      `The migration ${late.name} comes before ${newest}, which is applied already: give it a higher number.`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { DATABASE_URL } = process.env;
  try {
    if (DATABASE_URL === undefined || DATABASE_URL === "") {
      throw new ExplainedError(
        "Say which database to migrate: DATABASE_URL=postgresql://user:password@host/database npm run migrate",
      );
    }
    const { applied } = await migrate(DATABASE_URL, migrations_directory, (change) => {
      process.stdout.write(`${change}\n`);
    });
    process.stdout.write(applied.length === 0 ? "Nothing to apply.\n" : `${applied.join("\n")}\n`);
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
}
