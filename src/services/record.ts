import { callAs, type Answer } from "../database/call.ts";
import type { Actor, RecordFunctions } from "../database/functions.ts";
import { describeError, log } from "../log.ts";
import type { RequestContext } from "./request-context.ts";

/** A message of the queue holds 128 KB, a line of the log 256 KB, an event about 600 bytes. */
const message_events_max = 100;

/**
 * Saves the audit events that the table did not take: whole in the log, and to the queue that stores them later.
 * Nobody waits for it, and nothing fails with it.
 */
export function keepUnstoredAuditEvents(
  context: Pick<RequestContext, "env" | "waitUntil"> & { readonly request_id: string | null },
  answer: Answer,
): void {
  if (answer.unstored_audit_events === null) return;
  const events = JSON.parse(answer.unstored_audit_events) as readonly unknown[];
  for (let first = 0; first < events.length; first += message_events_max) {
    const audit_events = events.slice(first, first + message_events_max);
    log("audit_events_unstored", { request_id: context.request_id, audit_events });
    context.env.METRICS?.writeDataPoint({
      indexes: ["audit_events_unstored"],
      blobs: ["audit_events_unstored"],
      doubles: [audit_events.length],
    });
    context.waitUntil(
      context.env.AUDIT_QUEUE.send(JSON.stringify(audit_events)).catch((error: unknown) => {
        log("audit_queue_failed", { request_id: context.request_id, ...describeError(error) });
      }),
    );
  }
}

/** Calls a function that keeps the audit log. */
export async function record<Name extends keyof RecordFunctions>(
  context: RequestContext,
  actor: Actor,
  name: Name,
  parameters: RecordFunctions[Name],
): Promise<void> {
  keepUnstoredAuditEvents(context, await callAs(context.database, actor, name, parameters));
}
