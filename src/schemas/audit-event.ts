import { z } from "@hono/zod-openapi";
import { OwnId, Timestamp } from "./values.ts";

export const AuditAction = z.enum([
  "login",
  "account.credit",
  "account.debit",
  "transfer.create",
  "transfer.reverse",
  "hold.create",
  "hold.capture",
  "hold.release",
  "hold.expire",
  "customer.create",
  "customer.update",
  "account.create",
  "account.update",
  "access.refuse",
]);

export const AuditOutcome = z.enum(["success", "failure"]);

export const AuditEvent = z
  .object({
    id: OwnId,
    created_at: Timestamp,
    actor_id: OwnId.nullable().openapi({ description: "The user. Null if unknown." }),
    actor_role: z.enum(["admin", "customer"]).nullable(),
    action: AuditAction,
    outcome: AuditOutcome,
    code: z.string().nullable(),
    target_type: z.string().nullable(),
    target_id: OwnId.nullable(),
    request_id: z.string().nullable(),
    ip: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .openapi("AuditEvent");
