import { call, openDatabase } from "../database/call.ts";
import type { Actor } from "../database/functions.ts";
import type { AccessTarget, Code } from "../errors.ts";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";
import { bodyOf } from "./database-calls.ts";
import { keepUnstoredAuditEvents, record } from "./record.ts";
import type { RequestContext } from "./request-context.ts";

/** Audits that somebody was refused something. A failure is logged: the refusal stands all the same. */
export async function recordAccessRefusal(
  context: RequestContext,
  actor: Actor,
  code: Code,
  target: AccessTarget,
): Promise<void> {
  try {
    await record(context, actor, "record_access_refusal", { code, ...target });
  } catch (error) {
    const { request_id, user_id } = actor;
    log("access_refusal_unrecorded", { request_id, user_id, code, ...target, ...describeError(error) });
  }
}

/** Stores what the audit table refused when it happened. `messages` are JSON arrays of events; each is stored once. */
export async function storeAuditEvents(env: Env, messages: readonly string[]): Promise<void> {
  const events = messages.flatMap((message) => JSON.parse(message) as readonly unknown[]);
  await call(openDatabase(env), "store_audit_events", { events });
}

/** A call flushes 500 counts; the next run does what is left. */
const flush_calls_max = 20;

/** Turns the counts of repeated refusals into one audit event each. */
export async function flushAccessRefusals(context: RequestContext): Promise<void> {
  for (let count = 0; count < flush_calls_max; count += 1) {
    const answer = await call(context.database, "flush_access_refusals", {});
    keepUnstoredAuditEvents(context, answer);
    // bank.flush_access_refusals makes this object.
    if ((JSON.parse(bodyOf(answer)) as { readonly flushed: number }).flushed === 0) return;
  }
}
