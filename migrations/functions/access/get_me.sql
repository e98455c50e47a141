-- Guarantees: returns the acting user and its customer.
-- Raises: unauthenticated.
create or replace function bank.get_me(p_actor bank.actor) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_actor(p_actor);
  return (
    select bank_internal.answer(json_build_object(
             'id', acting.id, 'email', acting.email, 'role', acting.role,
             'customer_id', acting.customer_id,
             'customer', case when customer.id is not null
                              then bank_internal.customer_json(customer) end))
      from bank.users as acting
      left join bank.customers as customer on customer.id = acting.customer_id
     where acting.id = p_actor.user_id);
end
$$;

grant execute on function bank.get_me to bank_api;
