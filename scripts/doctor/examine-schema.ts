import type { Client } from "pg";
import { refuseEditedOrUnknown } from "../migrate.ts";
import {
  IncompatibleSchemaError,
  migrations_directory,
  readMigrationFiles,
} from "../migration-files.ts";
import { findingsOf, type Finding } from "./finding.ts";

/** Which bank a database contains, and how new it is. */
export interface BankFacts {
  /** The id of its first user: it was made once, never changes, and is in every backup. */
  readonly bank: string | null;
  readonly newest_transfer_at: string | null;
}

/** Reads which bank this is, for somebody who has restored a backup. */
export async function readBankFacts(client: Client): Promise<BankFacts> {
  return firstRow<{ bank: string | null; newest_transfer_at: string | null }>(
    client,
    `select (select id::text from bank.users order by id limit 1) as bank,
            (select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               from bank.transfers order by id desc limit 1) as newest_transfer_at`,
  );
}

const incompatible: Readonly<Record<IncompatibleSchemaError["kind"], Omit<Finding, "says">>> = {
  ahead: { name: "schema_ahead", mend: "Check out the release that made it, or a later one." },
  edited: { name: "migration_edited", mend: "Put the file back as it was." },
  late: { name: "migration_late", mend: "Give the file a higher number." },
};

/** Finds what differs between the schema and these migrations. */
export async function examineSchema(client: Client): Promise<readonly Finding[]> {
  const { exists } = await firstRow<{ exists: boolean }>(
    client,
    "select to_regclass('bank_migrations.applied') is not null as exists",
  );
  const mend = "npm run migrate";
  if (!exists) return [{ name: "schema_missing", says: "The database contains no bank.", mend }];
  const { ordered, functions } = await readMigrationFiles(migrations_directory);
  try {
    await refuseEditedOrUnknown(client, ordered);
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    return [{ ...incompatible[error.kind], says: error.message }];
  }
  const { rows } = await client.query<{ name: string; sha256: string }>(
    "select name, sha256 from bank_migrations.applied union all select name, sha256 " +
      "from bank_migrations.functions",
  );
  const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
  const pending = [...ordered, ...functions].filter(
    ({ name, sha256 }) => known.get(name) !== sha256,
  );
  return findingsOf([
    [
      pending.length > 0,
      {
        name: "schema_behind",
        says:
          `${String(pending.length)} migration files are not applied, the first is ` +
          `${pending[0]?.name ?? ""}.`,
        mend,
      },
    ],
  ]);
}

/** The first row of a statement that always returns one. */
export async function firstRow<Row extends object>(client: Client, text: string): Promise<Row> {
  const { rows } = await client.query<Row>(text);
  const [row] = rows;
  if (row === undefined) throw new Error("The statement always has a row.");
  return row;
}
