import { call, openDatabase } from "../database/call.ts";
import type { Actor, ReadFunctions } from "../database/functions.ts";
import type { AccessTarget, Code } from "../errors.ts";
import type { Env } from "../env.ts";
import { describeError, log } from "../log.ts";
import { readPage } from "./database-calls.ts";
import { record } from "./record.ts";
import type { RequestContext } from "./request-context.ts";

export const listAuditEvents = (context: RequestContext, filters: ReadFunctions["list_audit_events"]) =>
  readPage(context, "list_audit_events", filters);

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
