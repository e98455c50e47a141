import { z } from "@hono/zod-openapi";
import { Currency } from "./currency.ts";
import { Description } from "./text.ts";
import { Amount, Id, Metadata, Money, OwnId, Timestamp } from "./values.ts";

const batch_size_max = 500;
const only_for_the_payer = "Null unless the caller owns the debited account or is an admin.";

export const TransferStatus = z.enum(["posted", "declined"]).openapi({ example: "posted" });

export const Transfer = z
  .object({
    id: OwnId,
    kind: z.enum(["transfer", "credit", "debit", "capture", "reversal"]),
    status: TransferStatus,
    code: z.string().nullable().openapi({ description: "Why it was declined.", example: null }),
    debit_account_id: OwnId,
    credit_account_id: OwnId,
    amount: Money.openapi({ example: 12_50 }),
    currency: z.string().openapi({ example: "USD" }),
    description: z.string().nullable(),
    metadata: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: only_for_the_payer }),
    idempotency_key: z.string().nullable().openapi({ description: only_for_the_payer }),
    hold_id: OwnId.nullable(),
    reverses_transfer_id: OwnId.nullable(),
    reversed_by_transfer_ids: z.array(OwnId).openapi({ example: [] }),
    created_by: OwnId.nullable().openapi({
      description: `The user who made the transfer. ${only_for_the_payer}`,
    }),
    created_at: Timestamp,
  })
  .openapi("Transfer");

export const NewTransfer = z
  .strictObject({
    debit_account_id: Id,
    credit_account_id: Id,
    amount: Amount,
    currency: Currency.optional().openapi({
      description:
        "If given, both accounts must have this currency. It guards against a wrong account.",
    }),
    description: Description.optional(),
    metadata: Metadata.optional(),
  })
  .openapi("NewTransfer");

export const NewBatch = z
  .strictObject({
    transfers: z
      .array(NewTransfer)
      .min(1, "must have at least 1 transfer")
      .max(batch_size_max, `must have at most ${String(batch_size_max)} transfers`),
    atomic: z.boolean().default(false).openapi({ description: "Post all transfers or none." }),
  })
  .openapi("NewBatch");

export const Batch = z
  .object({
    outcomes: z.array(
      z.object({
        status: TransferStatus,
        code: z.string().nullable().openapi({ description: "Why it was declined.", example: null }),
        transfer: z
          .union([Transfer, z.null()])
          .openapi({ description: "Null when nothing was stored." }),
      }),
    ),
  })
  .openapi("Batch");

export const Reversal = z
  .strictObject({
    amount: Amount.optional().openapi({
      description: "Everything that is not reversed yet, if left out.",
    }),
    force: z.boolean().default(false).openapi({
      description: "Whether the reversal may take the debited account below its overdraft limit.",
    }),
    description: Description.optional(),
  })
  .openapi("Reversal");
