-- Guarantees: stores an audit event for a login, granted or refused. The actor of a refused login
-- may be unknown.
create or replace function bank.record_login(p_actor bank.actor, p_succeeded boolean)
  returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return bank_internal.answer(null, p_unstored_audit_events => bank_internal.audit(
    bank_internal.audit_event(
      p_actor, 'login', case when p_succeeded then null else 'invalid_credentials' end, 'user',
      p_actor.user_id)));
end
$$;

grant execute on function bank.record_login to bank_api;
