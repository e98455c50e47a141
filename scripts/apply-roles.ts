import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import { migrations_directory, readSqlFile } from "./migration-files.ts";
import { runSqlFile } from "./run-sql-file.ts";

const attempts_max = 50;
const pause_ms = 100;
/** What roles.sql raises for each change. */
const change_notice = "EBROL";
/**
 * Roles belong to the server, and an advisory lock only to one database: somebody in another database may make or
 * alter the same role at this moment. PostgreSQL has no better code than "internal error" for a row that was changed.
 */
const somebody_was_faster = new Set(["23505", "40P01", "42710", "XX000"]);

/**
 * Makes the roles of the bank what migrations/roles.sql says, in the transaction at hand. Answers what it had to change
 * besides making the roles: one short sentence each.
 *
 * @throws {ExplainedError} when the connected role may not do it.
 */
export async function applyRoles(client: Client, directory = migrations_directory): Promise<string[]> {
  const file = await readSqlFile(directory, "roles.sql");
  for (let attempt = 1; ; attempt += 1) {
    const changes: string[] = [];
    const listen = ({ code, message }: { code?: string | undefined; message?: string | undefined }): void => {
      if (code === change_notice && message !== undefined) changes.push(message);
    };
    client.on("notice", listen);
    try {
      await client.query("savepoint before_roles");
      await runSqlFile(client, file);
      await client.query("release before_roles");
      return changes;
    } catch (error) {
      if (attempt === attempts_max || !wasFaster(error)) throw error;
      await client.query("rollback to before_roles");
      await delay(pause_ms);
    } finally {
      client.off("notice", listen);
    }
  }
}

function wasFaster(error: unknown): boolean {
  const cause = error instanceof ExplainedError ? error.cause : error;
  return cause instanceof DatabaseError && somebody_was_faster.has(cause.code ?? "");
}
