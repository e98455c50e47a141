import type { AccessTarget } from "../errors.ts";

/** The arguments that name a thing, the most particular first, and what the audit log calls the thing. */
const named_by_arguments = [
  ["transfer_id", "transfer"],
  ["hold_id", "hold"],
  ["account_id", "account"],
  ["debit_account_id", "account"],
  ["customer_id", "customer"],
] as const;

/** The resources under /v1, in the plural of the paths and in the word of the audit log. */
const named_by_paths: Readonly<Record<string, string>> = {
  customers: "customer",
  accounts: "account",
  transfers: "transfer",
  holds: "hold",
  "audit-events": "audit_event",
  ledger: "ledger",
};

/** What a call of the database was about. */
export function targetOfArguments(named: object): AccessTarget | undefined {
  const ids = named as Readonly<Record<string, unknown>>;
  for (const [argument, target_type] of named_by_arguments) {
    const target_id = ids[argument];
    if (typeof target_id === "string") return { target_type, target_id };
  }
  return undefined;
}

/** What a path is about, for a request that reached no database: `/v1/accounts/{id}/credit` is about that account. */
export function targetOfPath(route: string, target_id: string | null): AccessTarget {
  const [, , collection = ""] = route.split("/");
  return { target_type: named_by_paths[collection] ?? collection, target_id };
}
