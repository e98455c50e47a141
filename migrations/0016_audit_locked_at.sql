set local role bank_owner;

-- When a call last found the audit table locked, in milliseconds since 1970. It is a sequence,
-- because its value is visible to all sessions at once, nobody waits to read or set it, and it
-- needs no row.
create sequence bank_internal.audit_locked_at_ms;

reset role;
