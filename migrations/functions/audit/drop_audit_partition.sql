-- Guarantees: the audit events of a month that is past are gone for ever, and their disk space with them. For whoever
-- runs the bank, after they were exported: see local/archive-audit.ts. The Worker cannot call it.
-- Locks: the audit log, for an instant; events that meet the lock go to the queue.
create or replace function bank_internal.drop_audit_partition(p_month date) returns void
  language plpgsql volatile set lock_timeout = '2s'
as $$
begin
  if (date_trunc('month', p_month::timestamp) + interval '1 month') at time zone 'UTC' > clock_timestamp() then
    raise exception 'the month % is not past', bank_internal.audit_partition_name(p_month)
      using errcode = 'restrict_violation';
  end if;
  insert into bank.archived_audit_months (month) values (date_trunc('month', p_month)) on conflict do nothing;
  execute format('drop table bank.%I', bank_internal.audit_partition_name(p_month));
end
$$;
