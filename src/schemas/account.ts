import { z } from "@hono/zod-openapi";
import { Currency } from "./currency.ts";
import { Description, Name } from "./text.ts";
import { Amount, Count, Id, Money, OverdraftLimit, OwnId, Timestamp } from "./values.ts";

const Status = z.enum(["active", "frozen", "closed"]).openapi({ example: "active" });

export const Account = z
  .object({
    id: OwnId,
    customer_id: OwnId.nullable().openapi({
      description: "Null for an internal account of the bank.",
    }),
    kind: z
      .enum(["customer", "internal"])
      .openapi({ description: "An internal account belongs to the bank itself." }),
    name: z.string(),
    currency: z.string().openapi({ example: "USD" }),
    balance: Money.nullable().openapi({
      description:
        "Minor units. Null for an internal account whose balance is too " +
        "large for an exact JSON number.",
    }),
    held: Money.openapi({ description: "Reserved by active holds.", example: 0 }),
    available: Money.nullable().openapi({ description: "balance - held + overdraft_limit." }),
    overdraft_limit: Money.openapi({ example: 0 }),
    status: Status,
    version: Count.openapi({
      description: "The `account_version` of the newest entry. 0 before the first entry.",
      example: 3,
    }),
    head_hash: z
      .string()
      .nullable()
      .openapi({
        description:
          "The hash of the newest entry, in hex. Null before the first " +
          "entry and for an internal account.",
      }),
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
    status: Status.optional().openapi({ description: "`closed` is permanent." }),
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
    amount: Money.openapi({ description: "Minor units. Negative for a debit.", example: -12_50 }),
    balance_after: Money.nullable().openapi({ description: "Null for an internal account." }),
    account_version: Count.nullable().openapi({
      description: "1, 2, 3, … without gaps.",
      example: 3,
    }),
    hash: z
      .string()
      .nullable()
      .openapi({ description: "SHA-256 over the previous entry's hash and this entry, in hex." }),
    kind: z.enum(["transfer", "credit", "debit", "capture", "reversal"]),
    description: z.string().nullable(),
    counterparty_account_id: OwnId,
    created_at: Timestamp,
  })
  .openapi("Entry");

export type Account = z.infer<typeof Account>;
export type Entry = z.infer<typeof Entry>;

/** The members of a statement besides its entries. */
export const statement_balances = {
  opening_balance: Money.optional().openapi({
    description: "The balance before the span. Absent for an internal account.",
  }),
  closing_balance: Money.optional().openapi({
    description: "The balance after the span. Absent for an internal account.",
  }),
};

export const Balance = z
  .object({
    account_id: OwnId,
    at: Timestamp,
    balance: Money.nullable().openapi({
      description:
        "Null for an internal account whose balance is too large for an exact JSON number.",
    }),
    currency: z.string().openapi({ example: "USD" }),
    version: Count.openapi({
      description: "The version of the newest entry up to that time. 0 before the first entry.",
    }),
  })
  .openapi("Balance");
