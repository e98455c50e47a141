-- Guarantees: stores the events and returns null. If the table is broken, gone, or locked for
-- longer than a millisecond, it returns the events instead, and so do all calls of the next second.
-- Never fails: "others" leaves out a cancelled query and a failed assertion, so both are named.
create or replace function bank_internal.audit(variadic p_events jsonb[]) returns jsonb
  language plpgsql volatile set lock_timeout = '1ms'
as $$
begin
  if bank_internal.is_audit_locked() then
    return to_jsonb(p_events);
  end if;
  perform bank_internal.insert_audit_events(to_jsonb(p_events));
  return null;
exception
  when others or query_canceled or assert_failure then
    perform bank_internal.remember_audit_failure(sqlstate);
    return to_jsonb(p_events);
end
$$;
