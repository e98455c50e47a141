-- Guarantees: stores audit events that arrive late, each id once. Raises when the table does not
-- take them, so that the queue keeps them. Of the refusals of one caller, code and target in a
-- minute, one is stored at once and the others are counted: see count_refusals.
create or replace function bank.store_audit_events(p_events jsonb) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  set lock_timeout = '1s'
as $$
begin
  perform bank_internal.insert_audit_events(bank_internal.count_refusals(p_events));
  return bank_internal.answer('{}');
end
$$;

grant execute on function bank.store_audit_events to bank_api;
