import { mutantsOf } from "./mutant.ts";

export const audit_mutants = mutantsOf("migrations/functions/audit", [
  [
    "each audit event waits for its locked table",
    "remember_audit_failure.sql",
    "p_sqlstate in (",
    "false and p_sqlstate in (",
    "sql/audit-locked",
  ],
  [
    "any failure of the audit table keeps all events from it",
    "remember_audit_failure.sql",
    "p_sqlstate in (",
    "true or p_sqlstate in (",
    "sql/audit-locked",
  ],
  [
    "a lock that was met in the future counts",
    "is_audit_locked.sql",
    "select abs(",
    "select (",
    "sql/audit-locked",
  ],
  [
    "other events try the audit table that was just locked",
    "audit.sql",
    "if bank_internal.is_audit_locked() then",
    "if false then",
    "sql/audit-locked",
  ],
]);
