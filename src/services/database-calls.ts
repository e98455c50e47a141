import { mark, unmark } from "../cache/invalidation.ts";
import {
  accountKey,
  accountsKey,
  customerKey,
  isCacheKey,
  isListKey,
  type CacheKey,
} from "../cache/keys.ts";
import { callAs } from "../database/call.ts";
import type { Answer } from "../database/statement.ts";
import type { ReadFunctions, WriteFunctions } from "../database/functions.ts";
import { ApiError, isCode } from "../errors.ts";
import { targetOfArguments } from "./access-target.ts";
import { actorOf, type RequestContext } from "./request-context.ts";
import { keepUnstoredAuditEvents } from "./unstored-audit-events.ts";

/** The result of an operation. The body is JSON text, as the database made it. */
export interface Result {
  readonly body: string;
  readonly replayed: boolean;
}

/** A page of a list as a JSON object without its cursor, and the position of the next page. */
export interface PageResult {
  readonly body: string;
  readonly next_position: string | null;
}

/** The body of an answer. Every function with a result returns one, so its absence is a defect. */
export function bodyOf({ body }: Answer): string {
  if (body === null) throw new Error("A function of schema bank answered no body.");
  return body;
}

/** Calls a function that changes nothing that the cache shows. */
export async function read<Name extends keyof ReadFunctions>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
  wanted: "nothing" | "snapshot" = "nothing",
): Promise<Answer> {
  return withAuditTarget(
    parameters,
    callAs(context.database, actorOf(context), name, parameters, wanted),
  );
}

/** Calls a function that returns one thing as JSON. */
export async function readBody<Name extends keyof ReadFunctions>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<string> {
  return bodyOf(await read(context, name, parameters));
}

/** Calls a function that returns a page of a list. */
export async function readPage<Name extends keyof ReadFunctions>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<PageResult> {
  return pageOf(await read(context, name, parameters));
}

export function pageOf(answer: Answer): PageResult {
  return { body: bodyOf(answer), next_position: answer.next_position };
}

/** How a call is made: directly, or through something that calls `callAlone` only if it must. */
type Way = (callAlone: () => Promise<Answer>) => Promise<Answer>;

const alone: Way = (callAlone) => callAlone();

/**
 * Calls a function that changes something. It returns only after the cache was invalidated or could
 * not be reached. It runs to the end even if the client has gone, because the money has moved by
 * then.
 *
 * Throws the `ApiError` of a refusal, or of a decline that the ledger stored.
 */
export async function write<Name extends keyof WriteFunctions>(
  context: RequestContext,
  name: Name,
  parameters: WriteFunctions[Name],
  way: Way = alone,
): Promise<Result> {
  const written = callAndInvalidate(context, name, parameters, way);
  context.waitUntil(written.catch(() => undefined));
  const answer = await written;
  context.written_position = answer.position;
  if (answer.code !== null) throw decline(answer);
  return { body: bodyOf(answer), replayed: answer.replayed };
}

async function callAndInvalidate<Name extends keyof WriteFunctions>(
  context: RequestContext,
  name: Name,
  parameters: WriteFunctions[Name],
  way: Way,
): Promise<Answer> {
  const marked = mark(context.cache, keysOf(name, parameters));
  let changed: readonly CacheKey[] = [];
  try {
    const answer = await withAuditTarget(
      parameters,
      way(() => callAs(context.database, actorOf(context), name, parameters, "written")),
    );
    keepUnstoredAuditEvents(context, answer);
    // Only a new account makes a list stale: see `listAccounts`.
    changed = answer.changed
      .filter(isCacheKey)
      .filter((key) => name === "create_account" || !isListKey(key));
    return answer;
  } finally {
    // After an error too, because the database may have executed a call whose answer was lost.
    await unmark(context.cache, marked, changed);
  }
}

/** The keys that a function will change, as far as its arguments show. */
function keysOf(
  name: keyof WriteFunctions,
  parameters: WriteFunctions[keyof WriteFunctions],
): CacheKey[] {
  const { transfers = [], ...others } = parameters as Partial<WriteFunctions["create_transfers"]>;
  const keys = [others, ...transfers].flatMap((parameter) => {
    const { account_id, debit_account_id, credit_account_id } = parameter as Partial<
      Record<string, string>
    >;
    return [account_id, debit_account_id, credit_account_id].flatMap((id) =>
      id === undefined ? [] : accountKey(id),
    );
  });
  const { customer_id } = parameters as Partial<Record<"customer_id", string>>;
  if (customer_id !== undefined) {
    keys.push(name === "create_account" ? accountsKey(customer_id) : customerKey(customer_id));
  }
  return [...new Set(keys)];
}

function decline(answer: Answer): ApiError {
  if (!isCode(answer.code)) return new ApiError("internal_error", { cause: answer.code });
  return new ApiError(answer.code, {
    facts: JSON.parse(bodyOf(answer)) as Record<string, unknown>,
    ...(answer.replayed ? { headers: { "Idempotency-Replayed": "true" } } : {}),
  });
}

/**
 * Adds the target of a `not_found` error for the audit log, because the database does not say which
 * id it refused.
 */
async function withAuditTarget(parameters: object, answered: Promise<Answer>): Promise<Answer> {
  try {
    return await answered;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
    throw new ApiError("not_found", { facts: error.facts, target: targetOfArguments(parameters) });
  }
}
