import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";

/**
 * The run of migrations holds this lock. Any number works, as long as nobody else in the database
 * locks it.
 */
const migration_lock = 7_203_114_559;

/**
 * Each transaction that changes the schema or the rights of the Worker's role holds this lock. A
 * statement that runs without a transaction does not hold it. Otherwise somebody would wait for it
 * with an open snapshot, and an index that is built concurrently would wait for that snapshot in
 * turn.
 */
export const schema_lock = 7_203_114_560;

/**
 * Less than the 2 s that the Worker waits, because its calls wait behind a migration that waits for
 * a table.
 */
const lock_timeout_ms = 1_000;
const attempts_max = 60;
const pause_ms = 1_000;
const poll_ms = 50;

/**
 * Runs a migration's transaction. Only one migration runs at a time in this database. When the
 * transaction does not get a lock in time or meets a deadlock, it is rolled back and begins again
 * after a pause. Callers that waited behind it go on in that pause.
 *
 * @throws {ExplainedError} when the lock was never free.
 */
export async function inPatientTransaction<Result>(
  client: Client,
  run: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await beginAlone(client);
      await client.query(`set local lock_timeout = ${lock_timeout_ms}`);
      await client.query("select pg_advisory_xact_lock($1)", [schema_lock]);
      const result = await run();
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      if (!lacksLock(error)) throw error;
      if (attempt === attempts_max) {
        throw new ExplainedError(
          `A migration did not get a lock ${attempts_max} times: see who holds it in ` +
            "pg_locks, and run it again.",
          { cause: error },
        );
      }
      await delay(pause_ms);
    }
  }
}

async function beginAlone(client: Client): Promise<void> {
  for (;;) {
    await client.query("begin");
    if (await tryLock(client, "pg_try_advisory_xact_lock")) return;
    await client.query("rollback");
    await delay(poll_ms);
  }
}

/**
 * Runs statements of a migration outside a transaction. Only one migration runs at a time in this
 * database. A run polls for this lock, so that it keeps no snapshot open while it waits. An index
 * that is built concurrently waits for all open snapshots, so the two runs would wait for each
 * other for ever.
 */
export async function aloneWithoutTransaction<Result>(
  client: Client,
  run: () => Promise<Result>,
): Promise<Result> {
  while (!(await tryLock(client, "pg_try_advisory_lock"))) await delay(poll_ms);
  try {
    return await run();
  } finally {
    await client.query("select pg_advisory_unlock($1)", [migration_lock]).catch(() => undefined);
  }
}

async function tryLock(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(`select ${name}($1) as locked`, [
    migration_lock,
  ]);
  return rows[0]?.locked === true;
}

/** A lock timeout or a deadlock. */
function lacksLock(error: unknown): boolean {
  const cause = error instanceof ExplainedError ? error.cause : error;
  return cause instanceof DatabaseError && ["55P03", "40P01"].includes(cause.code ?? "");
}
