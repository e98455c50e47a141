import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ExplainedError } from "../local/explained-error.ts";

export const migrations_directory = path.join(import.meta.dirname, "../migrations");

/** Another set of files has filled the database. */
export class IncompatibleSchemaError extends ExplainedError {
  /**
   * The database has a file that is not here, has a file with another text, or lacks an earlier
   * file.
   */
  readonly kind: "ahead" | "edited" | "late";

  constructor(kind: IncompatibleSchemaError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface SqlFile {
  /**
   * Relative to the migrations folder, with `/`: `0001_roles.sql`,
   * `functions/transfers/create_transfer.sql`.
   */
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

/**
 * The first line of an ordered file with one statement that PostgreSQL refuses in a transaction,
 * such as `create index concurrently`.
 */
const marker = "-- no transaction";

export function runsInTransaction(file: SqlFile): boolean {
  return file.text.split("\n", 1)[0]?.trim() !== marker;
}

export interface MigrationFiles {
  /** Each applied once, in this order. */
  readonly ordered: readonly SqlFile[];
  /** Applied again whenever the text changes. */
  readonly functions: readonly SqlFile[];
}

/** @throws {ExplainedError} when an ordered file is misnamed, or two share a number. */
export async function readMigrationFiles(directory: string): Promise<MigrationFiles> {
  const names = (await readdir(directory))
    .filter((name) => name.endsWith(".sql") && name !== "schema.sql" && name !== "roles.sql")
    .sort();
  for (const [index, name] of names.entries()) {
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name)) {
      throw new ExplainedError(`The migration ${name} must be named NNNN_<what>.sql.`);
    }
    if (name.slice(0, 4) === names[index + 1]?.slice(0, 4)) {
      throw new ExplainedError(`Two migrations have the number ${name.slice(0, 4)}.`);
    }
  }
  const inside = await readdir(path.join(directory, "functions"), { recursive: true }).catch(
    () => [],
  );
  const function_names = inside
    .filter((name) => name.endsWith(".sql"))
    .map((name) => `functions/${name.split(path.sep).join("/")}`)
    .sort();
  return {
    ordered: await Promise.all(names.map((name) => readSqlFile(directory, name))),
    functions: await Promise.all(function_names.map((name) => readSqlFile(directory, name))),
  };
}

/** The function in a file has the name of the file. */
export function functionName(file_name: string): string {
  return path.posix.basename(file_name, ".sql");
}

export async function readSqlFile(directory: string, name: string): Promise<SqlFile> {
  const text = (await readFile(path.join(directory, name), "utf8")).replaceAll("\r\n", "\n");
  return { name, text, sha256: createHash("sha256").update(text).digest("hex") };
}
