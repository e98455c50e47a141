import { call, openDatabase } from "../database/call.ts";
import type { Env } from "../env.ts";
import { inParts } from "../in-parts.ts";
import { describeError, log } from "../log.ts";
import type { RequestContext } from "./request-context.ts";

const part_events_max = 100;

/**
 * Splits events so that a part fits into a queue message (128 KB) or a log line (256 KB). An event
 * has about 600 bytes.
 */
export function partsOf(events: readonly unknown[]): (readonly unknown[])[] {
  return inParts(events, part_events_max);
}

type Delivery = Pick<RequestContext, "env" | "waitUntil"> & { readonly request_id: string | null };

/**
 * Sends audit events to the queue, whose consumer stores them. Without a queue, or if the queue
 * fails, they are stored directly. If that fails too, the log has them whole. No request waits for
 * this or fails because of it. Each event already has its id, so it is stored once, however often
 * it is delivered.
 */
export function deliverAuditEvents(context: Delivery, events: readonly unknown[]): void {
  for (const part of partsOf(events)) context.waitUntil(deliver(context, part));
}

async function deliver(
  { env, request_id }: Delivery,
  audit_events: readonly unknown[],
): Promise<void> {
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
