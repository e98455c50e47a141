import { z } from "@hono/zod-openapi";
import { NewTransfer } from "./transfer.ts";
import { Amount, Money, OwnId, Timestamp } from "./values.ts";

const lifetime_seconds_default = 7 * 24 * 60 * 60;
const lifetime_seconds_max = 31 * 24 * 60 * 60;

export const HoldStatus = z.enum(["active", "captured", "released", "expired"]).openapi({
  description: "From `expires_at` on, an active hold is `expired`.",
  example: "active",
});

export const Hold = z
  .object({
    id: OwnId,
    debit_account_id: OwnId,
    credit_account_id: OwnId,
    amount: Money,
    captured_amount: Money.openapi({ example: 0 }),
    currency: z.string().openapi({ example: "USD" }),
    status: HoldStatus,
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    transfer_id: OwnId.nullable().openapi({ description: "The transfer that captured it." }),
    created_by: OwnId.openapi({ description: "The user who created the hold." }),
    expires_at: Timestamp,
    created_at: Timestamp,
  })
  .openapi("Hold");

export const NewHold = NewTransfer.extend({
  expires_in_seconds: z
    .int("must be an integer")
    .min(1, "must be at least 1")
    .max(lifetime_seconds_max, "must be at most 31 days")
    .default(lifetime_seconds_default)
    .openapi({ format: "int32", description: "7 days when left out." }),
})
  .strict()
  .openapi("NewHold");

export const Capture = z
  .strictObject({
    amount: Amount.optional().openapi({
      description: "The whole hold if left out. What is not captured is released.",
    }),
  })
  .openapi("Capture");
