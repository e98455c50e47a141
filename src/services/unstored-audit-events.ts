import type { Answer } from "../database/statement.ts";
import { log } from "../log.ts";
import { deliverAuditEvents, partsOf } from "./audit-delivery.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * Saves the audit events that their table did not take in the transaction: in the log, and in the
 * queue for later.
 */
export function keepUnstoredAuditEvents(
  context: Pick<RequestContext, "env" | "waitUntil"> & { readonly request_id: string | null },
  answer: Answer,
): void {
  if (answer.unstored_audit_events === null) return;
  const unstored = JSON.parse(answer.unstored_audit_events) as readonly unknown[];
  for (const audit_events of partsOf(unstored)) {
    log("audit_events_unstored", { request_id: context.request_id, audit_events });
  }
  context.env.METRICS?.writeDataPoint({
    indexes: ["audit_events_unstored"],
    blobs: ["audit_events_unstored"],
    doubles: [unstored.length],
  });
  deliverAuditEvents(context, unstored);
}
