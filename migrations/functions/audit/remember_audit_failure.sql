-- Guarantees: tells is_audit_locked that storing an audit event has just failed, if the failure
-- took time: the table was locked, or the query was cancelled. Other failures come at once and cost
-- nothing. Never fails, and waits at most a millisecond.
create or replace function bank_internal.remember_audit_failure(p_sqlstate text) returns void
  language plpgsql volatile set lock_timeout = '1ms'
as $$
begin
  if p_sqlstate in ('55P03', '57014') then
    perform setval('bank_internal.audit_locked_at_ms',
                   (extract(epoch from clock_timestamp()) * 1000)::bigint);
  end if;
exception
  when others or query_canceled then
    return;
end
$$;
