import { openCache, type Cache } from "../cache/cache.ts";
import { openDatabase, type Database } from "../database/call.ts";
import type { Actor } from "../database/functions.ts";
import { openReplica, type Replica } from "../database/replica.ts";
import type { Env } from "../env.ts";

/** What one request carries from the edge to the database. */
export interface RequestContext {
  readonly env: Env;
  readonly request_id: string;
  /** The client's address as Cloudflare saw it. */
  readonly ip: string | null;
  readonly database: Database;
  /** Reads lists where it has caught up. */
  readonly replica: Replica | null;
  readonly cache: Cache;
  /** Keeps the invocation alive until the promise has settled, also when the client is gone. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** Whom the access token speaks for. */
  caller: Actor | null;
  /** The position that a list must show at the least: the caller has sent it. */
  wanted_position: string | null;
  /** The position behind what this request wrote. */
  written_position: string | null;
  /** Who acts: the caller, once it was found to be allowed to call the operation. */
  actor: Actor | null;
}

export function openRequestContext(
  env: Env,
  request: Pick<RequestContext, "request_id" | "ip" | "waitUntil">,
): RequestContext {
  return {
    ...request,
    env,
    database: openDatabase(env),
    replica: openReplica(env),
    cache: openCache(env, request.waitUntil),
    wanted_position: null,
    written_position: null,
    caller: null,
    actor: null,
  };
}

/** The actor of an operation that states who may call it. Nobody acts in any other. */
export function actorOf(context: RequestContext): Actor {
  if (context.actor === null) throw new Error("The operation does not state who may call it.");
  return context.actor;
}
