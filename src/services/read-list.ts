import type { Answer } from "../database/statement.ts";
import type { ReadFunctions } from "../database/functions.ts";
import {
  callReplica,
  isReplicaBroken,
  type Replica,
  type ReplicaFunction,
} from "../database/replica.ts";
import { pageOf, read, type PageResult } from "./database-calls.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

/** A place in a list, with the database position that the previous page has shown. */
const place = /^(?:(\d{1,20})@)?(.*)$/s;

/**
 * Calls a function that reads a list, on a replica if there is one that has caught up, else on the
 * primary. The answer is never older than the position that the caller sent, and no page is older
 * than the previous page. Otherwise a page from a server that is behind could skip items.
 */
export async function readList<Name extends ReplicaFunction>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<Answer> {
  const [, shown, position] = place.exec(parameters.position ?? "") ?? [];
  const wanted = { ...parameters, position: position === "" ? undefined : position };
  const { replica } = context;
  if (replica === null || isLookUp(parameters)) return read(context, name, wanted);
  const answer =
    (await readReplica(replica, context, name, {
      parameters: wanted,
      not_before: newer(shown ?? null, context.wanted_position),
    })) ?? (await read(context, name, wanted, "snapshot"));
  return { ...answer, next_position: placeAfter(answer) };
}

/** Reads a page of a list like `readList`. */
export async function readListPage<Name extends ReplicaFunction>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<PageResult> {
  return pageOf(await readList(context, name, parameters));
}

/**
 * A caller that searches for a key wants to know whether something was done. Only the primary knows
 * that.
 */
function isLookUp(parameters: object): boolean {
  return "idempotency_key" in parameters && parameters.idempotency_key !== undefined;
}

/**
 * Reads from the replica. Meanwhile the primary checks that the caller may still act. Null like
 * `callReplica`.
 */
async function readReplica<Name extends ReplicaFunction>(
  replica: Replica,
  context: RequestContext,
  name: Name,
  { parameters, not_before }: { parameters: ReadFunctions[Name]; not_before: string | null },
): Promise<Answer | null> {
  // The primary answers alone, so there is nothing to check beside it.
  if (isReplicaBroken()) return null;
  const { database } = context;
  const { elapsed_ms } = database;
  const started_at = performance.now();
  const [answer] = await Promise.all([
    callReplica(replica, actorOf(context), name, parameters, not_before),
    authorizeOnce(context),
  ]);
  // Both ran at the same time.
  database.elapsed_ms = elapsed_ms + performance.now() - started_at;
  if (answer !== null) database.was_replica = true;
  return answer;
}

const authorized = new WeakMap<RequestContext, Promise<unknown>>();

/** Runs once per request, however many pages it reads. Throws `unauthenticated`. */
function authorizeOnce(context: RequestContext): Promise<unknown> {
  let asked = authorized.get(context);
  if (asked === undefined) {
    asked = read(context, "get_me", {});
    authorized.set(context, asked);
  }
  return asked;
}

function newer(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return BigInt(a) > BigInt(b) ? a : b;
}

function placeAfter({ next_position, position }: Answer): string | null {
  return next_position === null || position === null
    ? next_position
    : `${position}@${next_position}`;
}
