import { z } from "@hono/zod-openapi";
import { Currency } from "./currency.ts";
import { Description, Name } from "./text.ts";
import { Amount, Count, Id, Money, OverdraftLimit, OwnId, Timestamp } from "./values.ts";

const Status = z.enum(["active", "frozen", "closed"]).openapi({ example: "active" });

export const Account = z
  .object({
    id: OwnId,
    customer_id: OwnId.nullable().openapi({ description: "Null for an account of the bank's own side." }),
    kind: z.enum(["customer", "internal"]),
    name: z.string(),
    currency: z.string().openapi({ example: "USD" }),
    balance: Money.nullable().openapi({
      description: "Minor units. Null for an internal account whose balance no JSON number holds exactly.",
    }),
    held: Money.openapi({ description: "Reserved by active holds.", example: 0 }),
    available: Money.nullable().openapi({ description: "balance - held + overdraft_limit." }),
    overdraft_limit: Money.openapi({ example: 0 }),
    status: Status,
    version: Count.openapi({
      description: "The `account_version` of the newest entry; 0 before the first.",
      example: 3,
    }),
    head_hash: z.string().nullable().openapi({ description: "The hash of the newest entry, in hex." }),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Account");

export const NewAccount = z
  .strictObject({
    customer_id: Id,
    currency: Currency,
    name: Name,
    overdraft_limit: OverdraftLimit.optional(),
  })
  .openapi("NewAccount");

export const AccountUpdate = z
  .strictObject({
    name: Name.optional(),
    overdraft_limit: OverdraftLimit.optional(),
    status: Status.optional().openapi({ description: "`closed` is for ever." }),
  })
  .refine((update) => Object.keys(update).length > 0, "must change something")
  .refine(({ status, overdraft_limit = 0 }) => status !== "closed" || overdraft_limit === 0, {
    path: ["overdraft_limit"],
    message: "must be 0 or left out when the account is closed",
  })
  .openapi("AccountUpdate");

export const Settlement = z
  .strictObject({ amount: Amount, description: Description.optional() })
  .openapi("Settlement");

export const Entry = z
  .object({
    id: OwnId,
    transfer_id: OwnId,
    account_id: OwnId,
    amount: Money.openapi({ description: "Minor units; negative for a debit.", example: -12_50 }),
    balance_after: Money.nullable().openapi({ description: "Null on an internal account." }),
    account_version: Count.nullable().openapi({ description: "1, 2, 3, … without a gap.", example: 3 }),
    hash: z
      .string()
      .nullable()
      .openapi({ description: "SHA-256 over the entry before and this one, in hex." }),
    kind: z.enum(["transfer", "credit", "debit", "capture", "reversal"]),
    description: z.string().nullable(),
    counterparty_account_id: OwnId,
    created_at: Timestamp,
  })
  .openapi("Entry");

export type Account = z.infer<typeof Account>;
export type Entry = z.infer<typeof Entry>;

/** What a statement says beside its entries. */
export const statement_balances = {
  opening_balance: Money.optional().openapi({ description: "Before the span; not on an internal account." }),
  closing_balance: Money.optional().openapi({ description: "After the span; not on an internal account." }),
};

export const Balance = z
  .object({
    account_id: OwnId,
    at: Timestamp,
    balance: Money.nullable().openapi({ description: "Null when an internal account's leaves the range." }),
    currency: z.string().openapi({ example: "USD" }),
    version: Count.openapi({ description: "Of the newest entry up to then, 0 before the first." }),
  })
  .openapi("Balance");
