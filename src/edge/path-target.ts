import { routePath } from "hono/route";
import type { AccessTarget } from "../errors.ts";
import { Id } from "../schemas/values.ts";
import type { AppContext } from "./app-env.ts";

/** The resources under /v1, in the plural of the paths and in the word of the audit log. */
const target_types: Readonly<Record<string, string>> = {
  customers: "customer",
  accounts: "account",
  transfers: "transfer",
  holds: "hold",
  "audit-events": "audit_event",
  ledger: "ledger",
};

/** What a path is about: `/v1/accounts/{id}/credit` is about that account. */
export function pathTarget(c: AppContext): AccessTarget {
  const [, , collection = ""] = routePath(c, -1).split("/");
  return {
    target_type: target_types[collection] ?? collection,
    target_id: Id.safeParse(c.req.param("id")).data ?? null,
  };
}
