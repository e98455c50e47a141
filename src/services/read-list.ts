import type { Answer } from "../database/call.ts";
import type { ReadFunctions } from "../database/functions.ts";
import { callReplica, type ReplicaFunction } from "../database/replica.ts";
import { bodyOf, read, type PageResult } from "./database-calls.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

/** A place in a list, and the position of the database that the page before it has shown. */
const place = /^(?:(\d{1,20})@)?(.*)$/s;

/**
 * Calls a function that reads a list: on the replica where there is one that has caught up, else on the primary. The
 * caller never sees less than the position that it sent, and no page sees less than the page before it: otherwise a page
 * of a server that is behind would leave out what lies between.
 */
export async function readList<Name extends ReplicaFunction>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<Answer> {
  const [, shown, position] = place.exec(parameters.position ?? "") ?? [];
  const wanted = { ...parameters, position: position === "" ? undefined : position };
  if (context.replica === null || isLookUp(parameters)) return read(context, name, wanted);
  const answer =
    (await readReplica(context, name, wanted, newer(shown ?? null, context.wanted_position))) ??
    (await read(context, name, wanted, "snapshot"));
  return { ...answer, next_position: placeAfter(answer) };
}

/** Reads a page of a list as `readList` does. */
export async function readListPage<Name extends ReplicaFunction>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
): Promise<PageResult> {
  const answer = await readList(context, name, parameters);
  return { body: bodyOf(answer), next_position: answer.next_position };
}

/** Whoever looks for a key wants to know whether something was done, and that only the primary knows. */
function isLookUp(parameters: object): boolean {
  return "idempotency_key" in parameters && parameters.idempotency_key !== undefined;
}

/** The replica reads, and the primary says meanwhile whether the caller may still act. */
async function readReplica<Name extends ReplicaFunction>(
  context: RequestContext,
  name: Name,
  parameters: ReadFunctions[Name],
  position: string | null,
): Promise<Answer | null> {
  const { replica, database } = context;
  if (replica === null) return null;
  const { elapsed_ms } = database;
  const started_at = performance.now();
  const [answer] = await Promise.all([
    callReplica(replica, actorOf(context), name, parameters, position),
    authorizeOnce(context),
  ]);
  // Both were under way at the same time.
  database.elapsed_ms = elapsed_ms + performance.now() - started_at;
  if (answer !== null) database.was_replica = true;
  return answer;
}

const authorized = new WeakMap<RequestContext, Promise<unknown>>();

/** Throws `unauthenticated`. Once for a request, however many pages it reads. */
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
  return next_position === null || position === null ? next_position : `${position}@${next_position}`;
}
