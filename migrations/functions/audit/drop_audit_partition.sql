-- Guarantees: permanently deletes the audit events of a past month, and frees their disk space. The
-- month is recorded as archived, so that backfill_audit_events does not make its events again. For
-- operators, after an export: see scripts/archive-audit.ts. The Worker cannot call it.
-- Locks: the audit log, for an instant. Events that meet the lock go to the queue.
create or replace function bank_internal.drop_audit_partition(p_month date) returns void
  language plpgsql volatile set lock_timeout = '2s'
as $$
begin
  if (date_trunc('month', p_month::timestamp) + interval '1 month') at time zone 'UTC'
    > clock_timestamp()
  then
    raise exception 'the month % is not past', bank_internal.audit_partition_name(p_month)
      using errcode = 'restrict_violation';
  end if;
  insert into bank.archived_audit_months (month) values (date_trunc('month', p_month))
  on conflict do nothing;
  execute format('drop table bank.%I', bank_internal.audit_partition_name(p_month));
end
$$;
