import { call } from "../database/call.ts";
import type { Actor } from "../database/functions.ts";
import type { AccessTarget, Code } from "../errors.ts";
import { log } from "../log.ts";
import { deliverAuditEvents } from "./audit-delivery.ts";
import { bodyOf } from "./database-calls.ts";
import { createEventId } from "./event-id.ts";
import { keepUnstoredAuditEvents } from "./unstored-audit-events.ts";
import type { RequestContext } from "./request-context.ts";

/** Something to audit that is not part of a database transaction. */
interface Happening {
  /** The acting user; null when unknown. */
  readonly actor: Pick<Actor, "user_id" | "role"> | null;
  readonly action: "login" | "access.refuse";
  /** Why it failed; null on success. */
  readonly code: Code | null;
  readonly target: AccessTarget | null;
}

/**
 * Makes the audit event for something outside a database transaction, and delivers it. Nothing
 * waits for it.
 */
export function auditHappening(
  context: RequestContext,
  { actor, action, code, target }: Happening,
): void {
  const { request_id, ip } = context;
  const now = Date.now();
  const event = {
    id: createEventId(now),
    created_at: new Date(now).toISOString(),
    actor_id: actor?.user_id ?? null,
    actor_role: actor?.role ?? null,
    action,
    outcome: code === null ? "success" : "failure",
    code,
    target_type: target?.target_type ?? null,
    target_id: target?.target_id ?? null,
    request_id,
    ip,
    detail: {},
    // For bank_internal.count_refusals: of identical refusals in one minute, one is stored and the
    // others are counted.
    may_be_counted: action === "access.refuse",
  };
  deliverAuditEvents(context, [event]);
}

/** One call flushes 500 counts and deletes 10,000 old ids. The next run does the rest. */
const flush_calls_max = 20;

/** Turns each count of repeated refusals into one audit event. */
export async function flushAccessRefusals(context: RequestContext): Promise<void> {
  for (let count = 0; count < flush_calls_max; count += 1) {
    const answer = await call(context.database, "flush_access_refusals", {});
    keepUnstoredAuditEvents(context, answer);
    // bank.flush_access_refusals makes this object.
    if ((JSON.parse(bodyOf(answer)) as { readonly flushed: number }).flushed === 0) return;
  }
}

/** One run looks at half a million transfers. The next run continues there. */
const backfill_calls_max = 50;
const call_transfers_max = 10_000;

/** Makes the audit events that are missing for transfers older than an hour. */
export async function backfillAuditEvents(context: RequestContext): Promise<void> {
  for (let count = 0; count < backfill_calls_max; count += 1) {
    const answer = await call(context.database, "backfill_audit_events", {
      limit: call_transfers_max,
    });
    // bank.backfill_audit_events makes this object.
    const { scanned, backfilled } = JSON.parse(bodyOf(answer)) as Readonly<
      Record<"scanned" | "backfilled", number>
    >;
    if (backfilled > 0) log("audit_events_backfilled", { audit_events: backfilled });
    if (scanned < call_transfers_max) return;
  }
}
