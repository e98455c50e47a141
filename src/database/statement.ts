import type { Actor } from "./functions.ts";
import type { Row, Value } from "./query.ts";

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

/** The members of `bank.answer`: the columns of every statement. */
export const answer_members = [
  "code",
  "body",
  "replayed",
  "changed",
  "next_position",
  "cache_lifetime_ms",
  "unstored_audit_events",
] as const;

const columns = answer_members.map((member) => `answer.${member}`).join(", ");

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
  written: ", pg_current_xact_id()::text",
  snapshot: ", pg_snapshot_xmax(pg_current_snapshot())::text",
};

interface Statement {
  readonly text: string;
  readonly values: Value[];
}

/**
 * The only form of a statement to Postgres: one function, one statement, one transaction.
 *
 * The text contains `now()` because Hyperdrive considers a SELECT cacheable unless it contains a
 * volatile function that Hyperdrive knows. It does not know ours, and a transfer that is answered
 * from a cache is never made.
 */
export function statementOf(name: string, parameters: object, wanted: Wanted): Statement {
  const values: Value[] = [];
  const bind = (value: unknown): string => `$${String(values.push(toSqlValue(value)))}`;
  const list = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(
      ([parameter, value]) =>
        `p_${parameter} => ${parameter === "actor" ? actorRow(value as Actor, bind) : bind(value)}`,
    );
  return {
    text:
      `select ${columns}${positions[wanted]} from bank.${name}(${list.join(", ")}) as answer ` +
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
function toSqlValue(value: unknown): Value {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as Value);
}

/** Reads the row of a statement that `statementOf` made for the same `wanted`. */
export function readAnswer(row: Row | undefined, wanted: Wanted): Answer {
  if (row === undefined) throw new Error("A function of schema bank returned no answer.");
  const [
    code = null,
    body = null,
    replayed,
    changed = null,
    next_position = null,
    cache_lifetime_ms = null,
    unstored_audit_events = null,
    position = null,
  ] = row;
  return {
    code,
    body,
    replayed: replayed === "t",
    changed: changed === null ? [] : readKeys(changed),
    next_position,
    cache_lifetime_ms: cache_lifetime_ms === null ? null : Number(cache_lifetime_ms),
    unstored_audit_events,
    position: wanted === "written" ? String(BigInt(position ?? 0) + 1n) : position,
  };
}

/** Cache keys contain nothing that an array of Postgres would quote. */
const readKeys = (array: string): string[] => (array === "{}" ? [] : array.slice(1, -1).split(","));
