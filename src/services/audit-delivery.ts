import { call, openDatabase } from "../database/call.ts";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";
import type { RequestContext } from "./request-context.ts";

/** A queue message holds 128 KB, a log line 256 KB, and an event about 600 bytes. */
const message_events_max = 100;

type Delivery = Pick<RequestContext, "env" | "waitUntil"> & { readonly request_id: string | null };

/**
 * Sends audit events to the queue, whose consumer stores them. Without a queue, or if the queue fails, they are
 * stored directly. If that fails too, the log has them whole. No request waits for this or fails because of it.
 * Each event already has its id, so it is stored once, however often it is delivered.
 */
export function deliverAuditEvents(context: Delivery, events: readonly unknown[]): void {
  for (let first = 0; first < events.length; first += message_events_max) {
    context.waitUntil(deliver(context, events.slice(first, first + message_events_max)));
  }
}

async function deliver({ env, request_id }: Delivery, audit_events: readonly unknown[]): Promise<void> {
  if (await enqueue(env, request_id, audit_events)) return;
  try {
    await call(openDatabase(env), "store_audit_events", { events: audit_events });
  } catch (error) {
    log("audit_events_undelivered", { request_id, audit_events, ...describeError(error) });
  }
}

/** Returns whether the queue has the events. */
async function enqueue(
  env: Env,
  request_id: string | null,
  audit_events: readonly unknown[],
): Promise<boolean> {
  if (env.AUDIT_QUEUE === undefined) return false;
  try {
    await env.AUDIT_QUEUE.send(JSON.stringify(audit_events));
    return true;
  } catch (error) {
    log("audit_queue_failed", { request_id, ...describeError(error) });
    return false;
  }
}
