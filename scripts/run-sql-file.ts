import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import type { SqlFile } from "./migration-files.ts";

/**
 * Runs a file of statements in the current transaction. A file may switch to another role.
 * Afterwards the transaction has the connecting role again.
 *
 * @throws {ExplainedError} when a statement fails.
 */
export async function runSqlFile(client: Client, file: SqlFile): Promise<void> {
  try {
    await client.query(file.text);
    await client.query("set local role none");
  } catch (error) {
    throw error instanceof DatabaseError ? explainSqlError(file, error) : error;
  }
}

/**
 * The same error with the line of the mistake, because Postgres counts characters and people count
 * lines.
 */
export function explainSqlError(file: SqlFile, error: DatabaseError): ExplainedError {
  const line = file.text.slice(0, Number(error.position ?? 0)).split("\n").length;
  const facts = [error.message, error.detail, error.hint, error.where].filter(
    (fact) => fact !== undefined,
  );
  return new ExplainedError(`migrations/${file.name}:${String(line)}: ${facts.join(" ")}`, {
    cause: error,
  });
}
