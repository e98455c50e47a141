import type { Env } from "../env.ts";
import type { Actor, ActorFunctions, GatheringFunctions, SystemFunctions } from "./functions.ts";
import { queryThroughNeon } from "./neon-driver.ts";
import { queryThroughPg } from "./pg-driver.ts";
import { explainPostgresError } from "./postgres-errors.ts";
import type { Query } from "./query.ts";

/** `bank.answer`, as every function of schema `bank` returns it; `migrations/0007_answer.sql` says what it means. */
export interface Answer {
  readonly code: string | null;
  /** JSON text, passed on as it is: an amount that nobody parses is an amount that nobody rounds. */
  readonly body: string | null;
  readonly replayed: boolean;
  readonly changed: readonly string[];
  readonly next_position: string | null;
  readonly cache_lifetime_ms: number | null;
  readonly unstored_audit_events: string | null;
}

/** The database as one request sees it. */
export interface Database {
  readonly query: Query;
  /** How long the request has waited for it. */
  elapsed_ms: number;
}

/** Hyperdrive when it is bound, else Neon. Neither connects before the first call. */
export function openDatabase({ HYPERDRIVE, DATABASE_URL }: Env): Database {
  const query = HYPERDRIVE === undefined ? queryThroughNeon(DATABASE_URL ?? "") : queryThroughPg(HYPERDRIVE);
  return { query, elapsed_ms: 0 };
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
 * Calls a function of schema `bank` on behalf of somebody. Which arguments belong to which function is held by
 * `read`, `write` and `record`.
 *
 * Throws an `ApiError`: what the function refused, `service_unavailable`, or `internal_error`.
 */
export function callAs(
  database: Database,
  actor: Actor,
  name: keyof ActorFunctions,
  parameters: ActorFunctions[keyof ActorFunctions],
): Promise<Answer> {
  return callFunction(database, name, { actor, ...parameters });
}

/** Calls a function of schema `bank` on behalf of nobody. Throws as `callAs` does. */
export function call<Name extends keyof SystemFunctions>(
  database: Database,
  name: Name,
  parameters: SystemFunctions[Name],
): Promise<Answer> {
  return callFunction(database, name, parameters);
}

/** Calls a function that answers each of many requests, in their order. Throws as `callAs` does. */
export async function callForEach<Name extends keyof GatheringFunctions>(
  database: Database,
  name: Name,
  parameters: GatheringFunctions[Name],
): Promise<readonly Answer[]> {
  return (await callForRows(database, name, parameters)).map(readAnswer);
}

async function callFunction(database: Database, name: string, parameters: object): Promise<Answer> {
  const [row] = await callForRows(database, name, parameters);
  return readAnswer(row);
}

/**
 * The one door to Postgres: one function, one statement, one transaction.
 *
 * `now()` stands in the text because Hyperdrive takes a SELECT for cacheable unless it meets the name of a
 * volatile function that it knows; ours it does not know, and a transfer answered from a cache is not made.
 */
async function callForRows(database: Database, name: string, parameters: object): Promise<readonly object[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${String(values.push(toSqlValue(value)))}`;
  const list = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(
      ([parameter, value]) =>
        `p_${parameter} => ${parameter === "actor" ? actorRow(value as Actor, bind) : bind(value)}`,
    );
  const text = `select ${columns} from bank.${name}(${list.join(", ")}) as answer where now() is not null`;
  return send(database, text, values);
}

async function send(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<readonly object[]> {
  const started_at = performance.now();
  try {
    return await database.query(text, values);
  } catch (error) {
    throw explainPostgresError(error);
  } finally {
    database.elapsed_ms += performance.now() - started_at;
  }
}

/** The composite type bank.actor, member by member, so that nothing is parsed on the other side. */
function actorRow(actor: Actor, bind: (value: unknown) => string): string {
  const { user_id, role, customer_id, request_id, ip } = actor;
  return `row(${[user_id, role, customer_id, request_id, ip].map(bind).join(", ")})::bank.actor`;
}

/** Objects and arrays are jsonb on the other side. */
function toSqlValue(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function readAnswer(row: object | undefined): Answer {
  if (row === undefined) throw new Error("A function of schema bank returned no answer.");
  // The composite type bank.answer is the guarantee of this cast: the statement asks for its columns and no others.
  const answer = row as Omit<Answer, "replayed" | "changed"> & {
    readonly replayed: boolean | null;
    readonly changed: readonly string[] | null;
  };
  return { ...answer, replayed: answer.replayed ?? false, changed: answer.changed ?? [] };
}
