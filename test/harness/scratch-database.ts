import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client, type QueryResultRow } from "pg";
import { inject, onTestFinished } from "vitest";
import { migrations_directory } from "../../scripts/migration-files.ts";

export interface ScratchDatabase {
  readonly url: string;
  sql<Row extends QueryResultRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export interface ScratchOptions {
  /** Who gets the database, and migrates it. */
  readonly owner?: { readonly role: string; readonly password: string };
  /** As `migrate` leaves it; else it is empty. */
  readonly is_migrated?: boolean;
}

/** A database of its own on the server of the tests. */
export async function createScratchDatabase({
  owner,
  is_migrated = false,
}: ScratchOptions = {}): Promise<ScratchDatabase> {
  const name = `scratch_${randomUUID().replaceAll("-", "")}`;
  const server_url = inject("postgres_url");
  const template = is_migrated ? ` template ${inject("template_database")}` : "";
  await runAt(
    server_url,
    `create database ${name}${owner === undefined ? "" : ` owner ${owner.role}`}${template}`,
  );
  const url = new URL(server_url);
  url.pathname = name;
  const superuser_url = url.href;
  if (owner !== undefined) {
    url.username = owner.role;
    url.password = owner.password;
  }
  return {
    url: url.href,
    sql: (text, parameters) => runAt(superuser_url, text, parameters),
    drop: async () => {
      await runAt(server_url, `drop database ${name} with (force)`);
    },
  };
}

export async function runAt<Row extends QueryResultRow>(
  url: string,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text, [...parameters]);
    return rows;
  } finally {
    await client.end();
  }
}

/** The same, for one test: it goes when the test is over. */
export async function scratchDatabase(options?: ScratchOptions): Promise<ScratchDatabase> {
  const database = await createScratchDatabase(options);
  onTestFinished(() => database.drop());
  return database;
}

/** A copy of the migrations that a test may change; it goes when the test is over. */
export async function copyMigrations(): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), "edgebank-migrations-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const directory = path.join(parent, "migrations");
  await cp(migrations_directory, directory, { recursive: true });
  return directory;
}
