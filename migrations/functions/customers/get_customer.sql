-- Guarantees: returns the customer, to itself and to admins.
-- Raises: unauthenticated, not_found.
create or replace function bank.get_customer(p_actor bank.actor, p_customer_id uuid)
  returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_actor(p_actor);
  return bank_internal.answer(
    bank_internal.customer_json(bank_internal.require_customer(p_actor, p_customer_id)));
end
$$;

grant execute on function bank.get_customer to bank_api;
