-- Guarantees: returns whether a call found the audit table locked less than a second ago. Then the
-- others do not try it, because each would wait while it holds the locks of accounts, and the waits
-- of all callers of one account add up. Null means no. After a step of the clock, the table is
-- tried.
create or replace function bank_internal.is_audit_locked() returns boolean
  language sql volatile
as $$
  select abs(extract(epoch from clock_timestamp()) * 1000
             - pg_sequence_last_value('bank_internal.audit_locked_at_ms')) < 1000
$$;
