import type { Client } from "pg";
import { applyFunction } from "./apply-function.ts";
import { functionName, IncompatibleSchemaError, type SqlFile } from "./migration-files.ts";

/**
 * Applies each function whose text has changed, or that a migration has dropped, as the owner of
 * everything. Bodies are not checked, because functions call each other and are applied in the
 * order of their paths.
 */
export async function applyFunctions(client: Client, files: readonly SqlFile[]): Promise<string[]> {
  const known = await client.query<{ name: string; sha256: string }>(
    "select name, sha256 from bank_migrations.functions",
  );
  const present = await client.query<{ name: string }>(
    `select distinct proname::text as name from pg_catalog.pg_proc
      where pronamespace in (
        select oid from pg_catalog.pg_namespace where nspname in ('bank', 'bank_internal'))`,
  );
  const present_names = new Set(present.rows.map((row) => row.name));
  const known_hashes = new Map(known.rows.map((row) => [row.name, row.sha256]));

  for (const name of known_hashes.keys()) {
    if (files.some((file) => file.name === name)) continue;
    // A file that only moved to another folder is applied below under its new name.
    const moved = files.some((file) => functionName(file.name) === functionName(name));
    if (!moved && present_names.has(functionName(name))) {
      throw new IncompatibleSchemaError(
        "ahead",
        `The file migrations/${name} has gone, but its function is still there: drop it in a ` +
          "migration.",
      );
    }
    await client.query("delete from bank_migrations.functions where name = $1", [name]);
  }

  const changed = files.filter(
    (file) =>
      known_hashes.get(file.name) !== file.sha256 || !present_names.has(functionName(file.name)),
  );
  for (const file of changed) {
    await applyFunction(client, file);
    await note(client, file);
  }
  return changed.map((file) => file.name);
}

async function note(client: Client, file: SqlFile): Promise<void> {
  await client.query(
    `insert into bank_migrations.functions (name, sha256) values ($1, $2)
       on conflict (name) do update set sha256 = excluded.sha256, applied_at = clock_timestamp()`,
    [file.name, file.sha256],
  );
}
