import type { Operation } from "./edge/operation.ts";
import { account_operations } from "./routes/accounts.ts";
import { audit_event_operations } from "./routes/audit-events.ts";
import { customer_operations } from "./routes/customers.ts";
import { hold_operations } from "./routes/holds.ts";
import { ledger_operations } from "./routes/ledger.ts";
import { login_operations } from "./routes/login.ts";
import { transfer_operations } from "./routes/transfers.ts";

/** Every operation under /v1, in the order of the documentation. */
export const operations: readonly Operation[] = [
  ...login_operations,
  ...customer_operations,
  ...account_operations,
  ...transfer_operations,
  ...hold_operations,
  ...ledger_operations,
  ...audit_event_operations,
];
