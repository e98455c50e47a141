import { OpenAPIHono, z } from "@hono/zod-openapi";
import { answerPage } from "../edge/answer.ts";
import type { AppEnv } from "../edge/app-env.ts";
import { operation } from "../edge/operation.ts";
import { AuditAction, AuditEvent, AuditOutcome } from "../schemas/audit-event.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Id, Instant } from "../schemas/values.ts";
import { listAuditEvents } from "../services/audit-events.ts";

export const audit_event_routes = new OpenAPIHono<AppEnv>();

const list_audit_events_contract = operation({
  id: "listAuditEvents",
  method: "get",
  path: "/audit-events",
  tag: "audit",
  summary: "List audit events",
  description: "Who did what to which thing, when and with which outcome; newest first.",
  callers: ["admin"],
  request: {
    query: z.strictObject({
      actor_id: Id.optional().openapi({ description: "The user who acted." }),
      action: AuditAction.optional(),
      outcome: AuditOutcome.optional(),
      target_id: Id.optional(),
      from: Instant.optional().openapi({ description: "Inclusive." }),
      to: Instant.optional().openapi({ description: "Exclusive." }),
      ...page_query,
    }),
  },
  answer: { status: 200, description: "A page of audit events.", schema: pageOf(AuditEvent) },
});

audit_event_routes.openapi(list_audit_events_contract, (c) => {
  const { limit, cursor, ...filters } = c.req.valid("query");
  return answerPage(c, { operation: "listAuditEvents", ...filters }, { limit, cursor }, (page) =>
    listAuditEvents(c.get("context"), { ...filters, ...page }),
  );
});
