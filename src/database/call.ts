import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { Actor, ActorFunctions, GatheringFunctions, SystemFunctions } from "./functions.ts";
import { queryThroughNeon } from "./neon-driver.ts";
import { queryThroughHyperdrive, type Lend } from "./hyperdrive-driver.ts";
import { explainPostgresError } from "./postgres-errors.ts";
import type { Query, Row, Value } from "./query.ts";
import { queryUnlessReadOnly } from "./read-only.ts";
import { readAnswer, statementOf, type Answer, type Wanted } from "./statement.ts";

/** The database as one request sees it. */
export interface Database {
  readonly query: Query;
  /** The total time that the request has waited for it. */
  elapsed_ms: number;
  /** Whether a read replica gave the answer. */
  was_replica?: boolean;
}

/**
 * Uses Hyperdrive if it is bound, else the server's own pool, else Neon. None connects before the
 * first call.
 */
export function openDatabase(
  { HYPERDRIVE, POSTGRES, DATABASE_URL }: Env,
  lend: Lend | null = null,
): Database {
  if (HYPERDRIVE !== undefined)
    return { query: queryThroughHyperdrive(HYPERDRIVE, lend), elapsed_ms: 0 };
  if (POSTGRES !== undefined) return { query: POSTGRES.query, elapsed_ms: 0 };
  return { query: queryThroughNeon(DATABASE_URL ?? ""), elapsed_ms: 0 };
}

/**
 * Calls a function of schema `bank` for an actor. The types of `read` and `write` say which
 * arguments belong to which function.
 *
 * Throws an `ApiError`: the refusal of the function, `read_only`, `service_unavailable`, or
 * `internal_error`.
 */
export function callAs(
  database: Database,
  actor: Actor,
  name: keyof ActorFunctions,
  parameters: ActorFunctions[keyof ActorFunctions],
  wanted: Wanted = "nothing",
): Promise<Answer> {
  return callFunction(database, name, { actor, ...parameters }, wanted);
}

/** Calls a function of schema `bank` without an actor. Throws like `callAs`. */
export function call<Name extends keyof SystemFunctions>(
  database: Database,
  name: Name,
  parameters: SystemFunctions[Name],
): Promise<Answer> {
  return callFunction(database, name, parameters);
}

/**
 * Calls a function that returns one answer for each of many requests, in their order. Throws like
 * `callAs`.
 */
export async function callForEach<Name extends keyof GatheringFunctions>(
  database: Database,
  name: Name,
  parameters: GatheringFunctions[Name],
): Promise<readonly Answer[]> {
  return (await callForRows(database, name, parameters, "written")).map((row) =>
    readAnswer(row, "written"),
  );
}

async function callFunction(
  database: Database,
  name: string,
  parameters: object,
  wanted: Wanted = "nothing",
): Promise<Answer> {
  const [row] = await callForRows(database, name, parameters, wanted);
  return readAnswer(row, wanted);
}

function callForRows(
  database: Database,
  name: string,
  parameters: object,
  wanted: Wanted,
): Promise<readonly Row[]> {
  const { text, values } = statementOf(name, parameters, wanted);
  return send(database, text, values);
}

async function send(
  database: Database,
  text: string,
  values: readonly Value[],
): Promise<readonly Row[]> {
  const started_at = performance.now();
  try {
    return await queryUnlessReadOnly(database.query, text, values);
  } catch (error) {
    throw error instanceof ApiError ? error : explainPostgresError(error);
  } finally {
    database.elapsed_ms += performance.now() - started_at;
  }
}
