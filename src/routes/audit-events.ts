import { z } from "@hono/zod-openapi";
import { answerPage } from "../edge/answer.ts";
import { operation } from "../edge/operation.ts";
import { AuditAction, AuditEvent, AuditOutcome } from "../schemas/audit-event.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import { span_query } from "../schemas/instant.ts";
import { Id } from "../schemas/values.ts";
import { readListPage } from "../services/read-list.ts";

const list_audit_events = operation(
  {
    id: "listAuditEvents",
    method: "get",
    path: "/audit-events",
    tag: "audit",
    summary: "List audit events",
    description: "Who did what, to which resource, when, and with which outcome. Newest first.",
    callers: ["admin"],
    request: {
      position: Position,
      query: z.strictObject({
        actor_id: Id.optional().openapi({ description: "The user who acted." }),
        action: AuditAction.optional(),
        outcome: AuditOutcome.optional(),
        target_id: Id.optional(),
        ...span_query,
        ...page_query,
      }),
    },
    answer: { status: 200, description: "A page of audit events.", schema: pageOf(AuditEvent) },
  },
  (c, { query }) => {
    const { limit, cursor, ...filters } = query;
    return answerPage(c, { operation: "listAuditEvents", ...filters }, { limit, cursor }, (page) =>
      readListPage(c.get("context"), "list_audit_events", { ...filters, ...page }),
    );
  },
);

export const audit_event_operations = [list_audit_events];
