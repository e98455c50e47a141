-- Guarantees: an audit event of somebody who was refused what he asked for.
create or replace function bank.record_access_refusal(
  p_actor jsonb, p_code text, p_target_type text default null, p_target_id uuid default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return bank_internal.answer(null, p_unstored_audit_events => bank_internal.audit(bank_internal.audit_event(
    p_actor, 'access.refuse', p_code, p_target_type, p_target_id)));
end
$$;

grant execute on function bank.record_access_refusal to bank_api;
