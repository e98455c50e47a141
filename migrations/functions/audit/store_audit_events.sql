-- Guarantees: stores events that the table refused when they happened, each id once; raises when it still does, so
-- that the queue keeps them.
create or replace function bank.store_audit_events(p_events jsonb) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '1s'
as $$
begin
  perform bank_internal.insert_audit_events(p_events);
  return bank_internal.answer('{}');
end
$$;

grant execute on function bank.store_audit_events to bank_api;
