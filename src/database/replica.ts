import type { Env } from "../env.ts";
import { inTime, TimedOut } from "../in-time.ts";
import { describeError, log } from "../log.ts";
import type { Actor, ReadFunctions } from "./functions.ts";
import { queryThroughHyperdrive, type Lend } from "./hyperdrive-driver.ts";
import { explainPostgresError } from "./postgres-errors.ts";
import type { Query } from "./query.ts";
import { readAnswer, statementOf, type Answer } from "./statement.ts";

/**
 * The functions that a replica may answer: statements, lists and the audit log. No decision depends
 * on their answers.
 */
export type ReplicaFunction =
  "list_entries" | "list_transfers" | "list_holds" | "list_customers" | "list_audit_events";

/** A standby as one request sees it. */
export interface Replica {
  readonly query: Query;
  readonly timeout_ms: number;
  readonly lag_max_ms: number;
}

const break_ms = 5_000;
const lag_break_ms = 1_000;

/** Until this time the circuit breaker is open. */
let broken_until = 0;

/** Whether the circuit breaker is open: this isolate does not ask the replica. */
export const isReplicaBroken = (): boolean => Date.now() < broken_until;

/** Opens the replica if it is bound. It does not connect before the first call. */
export function openReplica(env: Env, lend: Lend | null): Replica | null {
  if (env.HYPERDRIVE_REPLICA === undefined) return null;
  return {
    query: queryThroughHyperdrive(env.HYPERDRIVE_REPLICA, lend),
    timeout_ms: env.REPLICA_TIMEOUT_MS,
    lag_max_ms: env.REPLICA_LAG_MAX_MS,
  };
}

/**
 * Calls a function on the replica. Null means that the primary must be asked, because the replica
 * is unavailable, slow, too far behind, or not yet at `position`. A refusal is also null, because
 * only the primary may refuse.
 */
export async function callReplica<Name extends ReplicaFunction>(
  replica: Replica,
  actor: Actor,
  name: Name,
  parameters: ReadFunctions[Name],
  position: string | null,
): Promise<Answer | null> {
  const { text, values } = statementOf(name, { actor, ...parameters }, "snapshot");
  const known = values.push(position, replica.lag_max_ms);
  const is_caught_up = `bank.is_caught_up($${String(known - 1)}::xid8, $${String(known)}::integer)`;
  try {
    const [row] = await inTime(
      replica.query(`${text} and ${is_caught_up}`, values),
      replica.timeout_ms,
    );
    if (row !== undefined) return readAnswer(row, "snapshot");
    // A replica that has not reached the position of one caller may still serve the others.
    if (position === null) leaveAlone(lag_break_ms, "lag");
  } catch (error) {
    const { code } = explainPostgresError(error);
    if (error instanceof TimedOut) leaveAlone(break_ms, "slow");
    else if (code === "service_unavailable" || code === "internal_error")
      leaveAlone(break_ms, "outage", error);
  }
  return null;
}

function leaveAlone(for_ms: number, reason: "lag" | "slow" | "outage", error?: unknown): void {
  if (isReplicaBroken()) return;
  broken_until = Date.now() + for_ms;
  const cause = error === undefined ? {} : describeError(error);
  log("replica_break", { break_ms: for_ms, reason, ...cause });
}
