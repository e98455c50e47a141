-- Guarantees: returns the name of the partition for the audit events of that month, in UTC.
create or replace function bank_internal.audit_partition_name(p_month date) returns text
  language sql immutable
as $$
  select to_char(p_month, '"audit_events_"YYYY_MM')
$$;
