-- Guarantees: returns the hold, to the owner of its debited account and to admins.
-- Raises: unauthenticated, not_found.
create or replace function bank.get_hold(p_actor bank.actor, p_hold_id uuid) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_actor(p_actor);
  return bank_internal.answer(
    bank_internal.hold_json(bank_internal.require_hold(p_actor, p_hold_id)));
end
$$;

grant execute on function bank.get_hold to bank_api;
