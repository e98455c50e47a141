-- Guarantees: the hold, to whoever acts for its debited account and to admins.
-- Raises: not_found.
create or replace function bank.get_hold(p_actor jsonb, p_hold_id uuid) returns bank.answer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select bank_internal.answer(bank_internal.hold_json(bank_internal.require_hold(p_actor, p_hold_id)))
$$;

grant execute on function bank.get_hold to bank_api;
