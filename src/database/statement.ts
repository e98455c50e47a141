import type { Actor } from "./functions.ts";

/**
 * `bank.answer`, the result of every function of schema `bank`. `migrations/0007_answer.sql`
 * describes its members.
 */
export interface Answer {
  readonly code: string | null;
  /** JSON text, passed on without parsing, so that no amount is rounded. */
  readonly body: string | null;
  readonly replayed: boolean;
  readonly changed: readonly string[];
  readonly next_position: string | null;
  readonly cache_lifetime_ms: number | null;
  readonly unstored_audit_events: string | null;
  /**
   * A server has reached this position when every transaction with a lower id has ended there. From
   * then on it shows at least what this answer shows, and what its call wrote. Null when the caller
   * did not want it.
   */
  readonly position: string | null;
}

const columns = [
  "code",
  "body",
  "replayed",
  "changed",
  "next_position",
  "cache_lifetime_ms",
  "unstored_audit_events",
]
  .map((column) => `answer.${column}`)
  .join(", ");

/**
 * `written` returns the position after the call's own transaction, `snapshot` the position that its
 * snapshot shows.
 */
export type Wanted = "nothing" | "written" | "snapshot";

/**
 * `pg_current_xact_id()` gives an id even to the transaction of a replay, which writes nothing. A
 * reader that sees this transaction ended also sees the write that it repeats. The call would turn
 * a read into a write, so reads use the snapshot.
 */
const positions: Readonly<Record<Wanted, string>> = {
  nothing: "",
  written: ", pg_current_xact_id()::text as written_by",
  snapshot: ", pg_snapshot_xmax(pg_current_snapshot())::text as shown_until",
};

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * The only form of a statement to Postgres: one function, one statement, one transaction.
 *
 * The text contains `now()` because Hyperdrive considers a SELECT cacheable unless it contains a
 * volatile function that Hyperdrive knows. It does not know ours, and a transfer that is answered
 * from a cache is never made.
 */
export function statementOf(name: string, parameters: object, wanted: Wanted): Statement {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${String(values.push(toSqlValue(value)))}`;
  const list = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(
      ([parameter, value]) =>
        `p_${parameter} => ${parameter === "actor" ? actorRow(value as Actor, bind) : bind(value)}`,
    );
  const selected = `${columns}${positions[wanted]}`;
  return {
    text:
      `select ${selected} from bank.${name}(${list.join(", ")}) as answer ` +
      "where now() is not null",
    values,
  };
}

/**
 * The composite type bank.actor, one parameter for each member, so that Postgres parses no JSON.
 */
function actorRow(actor: Actor, bind: (value: unknown) => string): string {
  const { user_id, role, customer_id, request_id, ip } = actor;
  return `row(${[user_id, role, customer_id, request_id, ip].map(bind).join(", ")})::bank.actor`;
}

/** Objects and arrays become jsonb parameters. */
function toSqlValue(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

export function readAnswer(row: object | undefined): Answer {
  if (row === undefined) throw new Error("A function of schema bank returned no answer.");
  // The cast is safe because the statement selects exactly the columns of the composite type
  // bank.answer.
  const { written_by, shown_until, ...answer } = row as Omit<
    Answer,
    "replayed" | "changed" | "position"
  > & {
    readonly replayed: boolean | null;
    readonly changed: readonly string[] | null;
    readonly written_by?: string;
    readonly shown_until?: string;
  };
  return {
    ...answer,
    replayed: answer.replayed ?? false,
    changed: answer.changed ?? [],
    position: written_by === undefined ? (shown_until ?? null) : String(BigInt(written_by) + 1n),
  };
}
