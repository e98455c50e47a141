-- Guarantees: stores the events and returns null, or returns them when the table is locked, broken or gone.
-- Never fails: "others" leaves out a cancelled query and a failed assertion, so both are named.
create or replace function bank_internal.audit(variadic p_events jsonb[]) returns jsonb
  language plpgsql volatile
as $$
begin
  perform bank_internal.insert_audit_events(to_jsonb(p_events));
  return null;
exception
  when others or query_canceled or assert_failure then
    return to_jsonb(p_events);
end
$$;
