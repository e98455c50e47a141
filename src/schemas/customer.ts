import { z } from "@hono/zod-openapi";
import { Email } from "./email.ts";
import { Name } from "./text.ts";
import { OwnId, Timestamp } from "./values.ts";

const Status = z.enum(["active", "frozen"]).openapi({ example: "active" });

export const Customer = z
  .object({
    id: OwnId,
    name: z.string(),
    email: z.string(),
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Customer");

export const NewCustomer = z
  .strictObject({
    name: Name,
    email: Email,
    // NIST SP 800-63B-4: at least 15 characters for a password without a second factor, and no
    // composition rules.
    password: z
      .string()
      .min(15)
      .max(128)
      .openapi({ format: "password", example: "correct horse battery" }),
  })
  .openapi("NewCustomer");

export const CustomerUpdate = z
  .strictObject({ name: Name.optional(), status: Status.optional() })
  .refine((update) => Object.keys(update).length > 0, "must change something")
  .openapi("CustomerUpdate");
