import { openCache, type Cache } from "../cache/cache.ts";
import { openDatabase, type Database } from "../database/call.ts";
import type { Lend } from "../database/hyperdrive-driver.ts";
import type { Actor } from "../database/functions.ts";
import { openReplica, type Replica } from "../database/replica.ts";
import type { Env } from "../env.ts";

/** What one request carries from the edge to the database. */
export interface RequestContext {
  readonly env: Env;
  readonly request_id: string;
  /** The client's address, as Cloudflare saw it. */
  readonly ip: string | null;
  readonly database: Database;
  /** Answers lists when it has caught up. */
  readonly replica: Replica | null;
  readonly cache: Cache;
  /** Keeps the invocation alive until the promise has settled, even if the client has gone. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** The user of the access token. */
  caller: Actor | null;
  /** The caller sent this position. A list must have reached it. */
  wanted_position: string | null;
  /** The position after this request's own write. */
  written_position: string | null;
  /** The caller, once authorization has allowed the operation. */
  actor: Actor | null;
}

/** @param lend lets the request share connections to Postgres with others; null if it may not. */
export function openRequestContext(
  env: Env,
  request: Pick<RequestContext, "request_id" | "ip" | "waitUntil">,
  lend: Lend | null,
): RequestContext {
  return {
    ...request,
    env,
    database: openDatabase(env, lend),
    replica: openReplica(env, lend),
    cache: openCache(env, request.waitUntil),
    wanted_position: null,
    written_position: null,
    caller: null,
    actor: null,
  };
}

/**
 * The actor of an operation. An operation that does not declare its callers has no actor, so it
 * throws.
 */
export function actorOf(context: RequestContext): Actor {
  if (context.actor === null) throw new Error("The operation does not state who may call it.");
  return context.actor;
}
