import type { AccessTarget } from "../errors.ts";

/**
 * The arguments that identify a thing, most specific first, and the name of the thing in the audit
 * log.
 */
const named_by_arguments = [
  ["transfer_id", "transfer"],
  ["hold_id", "hold"],
  ["account_id", "account"],
  ["debit_account_id", "account"],
  ["customer_id", "customer"],
] as const;

/** The resources under /v1: the plural in the path, and the name in the audit log. */
const named_by_paths: Readonly<Record<string, string>> = {
  customers: "customer",
  accounts: "account",
  transfers: "transfer",
  holds: "hold",
  "audit-events": "audit_event",
  ledger: "ledger",
};

/** The thing that a database call was about. */
export function targetOfArguments(named: object): AccessTarget | undefined {
  const ids = named as Readonly<Record<string, unknown>>;
  for (const [argument, target_type] of named_by_arguments) {
    const target_id = ids[argument];
    if (typeof target_id === "string") return { target_type, target_id };
  }
  return undefined;
}

/**
 * The thing that a path is about, for a request that did not reach the database.
 * `/v1/accounts/{id}/credit` is about that account.
 */
export function targetOfPath(route: string, target_id: string | null): AccessTarget {
  const [, , collection = ""] = route.split("/");
  return { target_type: named_by_paths[collection] ?? collection, target_id };
}
