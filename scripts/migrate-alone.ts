import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import { aloneWithoutTransaction } from "./migration-lock.ts";
import type { SqlFile } from "./migration-files.ts";
import { explainSqlError } from "./run-sql-file.ts";

/** Whether an ordered file was applied to this database. */
export async function isApplied(client: Client, { name }: SqlFile): Promise<boolean> {
  const { rows } = await client.query<{ table: string | null }>(
    "select to_regclass('bank_migrations.applied')::text as table",
  );
  if (rows[0]?.table == null) return false;
  const found = await client.query("select from bank_migrations.applied where name = $1", [name]);
  return found.rows.length > 0;
}

/**
 * Applies an ordered file of one statement outside a transaction, as the owner of everything. An
 * interrupted run may leave an invalid index behind, which slows down every write and serves no
 * read. The next run drops it and begins again. Returns whether there was something to do.
 *
 * @throws {ExplainedError} when the statement fails, or when it could not run a second time.
 */
export async function applyAlone(client: Client, file: SqlFile): Promise<boolean> {
  if (/\bindex\s+concurrently\b/i.test(file.text) && !/\bif\s+(not\s+)?exists\b/i.test(file.text)) {
    throw new ExplainedError(
      `migrations/${file.name} must say "if not exists" or "if exists": it may have to run twice.`,
    );
  }
  return aloneWithoutTransaction(client, async () => {
    if (await isApplied(client, file)) return false;
    await client.query("set role bank_owner");
    try {
      await dropInvalidIndexes(client);
      await client.query(file.text);
    } catch (error) {
      throw error instanceof DatabaseError ? explainSqlError(file, error) : error;
    } finally {
      await client.query("reset role").catch(() => undefined);
    }
    await client.query("insert into bank_migrations.applied (name, sha256) values ($1, $2)", [
      file.name,
      file.sha256,
    ]);
    return true;
  });
}

/**
 * Drops only plain indexes (`relkind = 'i'`). An index of a partitioned table is invalid until each
 * partition has its own index, so it is not left over.
 */
async function dropInvalidIndexes(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
       from pg_catalog.pg_index as index
       join pg_catalog.pg_class as class on class.oid = index.indexrelid
       join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
      where nspname in ('bank', 'bank_internal') and relkind = 'i' and not indisvalid`,
  );
  for (const { name } of rows) await client.query(`drop index concurrently ${name}`);
}
