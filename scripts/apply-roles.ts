import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import { migrations_directory, readSqlFile } from "./migration-files.ts";
import { runSqlFile } from "./run-sql-file.ts";

const attempts_max = 50;
const pause_ms = 100;
/** The SQLSTATE of the notice that roles.sql raises for each change. */
const change_notice = "EBROL";
/**
 * Roles belong to the server, but an advisory lock belongs to one database. So another database may
 * create or alter the same role at this moment. PostgreSQL then answers one of these codes. `XX000`
 * is "internal error", the only code that it has for a role that was changed meanwhile.
 */
const conflict_codes = new Set(["23505", "40P01", "42710", "XX000"]);

/**
 * Brings the roles of the bank to what migrations/roles.sql says, in the current transaction.
 * Returns what it had to change, apart from creating roles, in one short sentence each.
 *
 * @throws {ExplainedError} when the connected role may not do it.
 */
export async function applyRoles(
  client: Client,
  directory = migrations_directory,
): Promise<string[]> {
  const file = await readSqlFile(directory, "roles.sql");
  for (let attempt = 1; ; attempt += 1) {
    const changes: string[] = [];
    const listen = ({
      code,
      message,
    }: {
      code?: string | undefined;
      message?: string | undefined;
    }): void => {
      if (code === change_notice && message !== undefined) changes.push(message);
    };
    client.on("notice", listen);
    try {
      await client.query("savepoint before_roles");
      await runSqlFile(client, file);
      await client.query("release before_roles");
      return changes;
    } catch (error) {
      if (attempt === attempts_max || !isConflict(error)) throw error;
      await client.query("rollback to before_roles");
      await delay(pause_ms);
    } finally {
      client.off("notice", listen);
    }
  }
}

function isConflict(error: unknown): boolean {
  const cause = error instanceof ExplainedError ? error.cause : error;
  return cause instanceof DatabaseError && conflict_codes.has(cause.code ?? "");
}
