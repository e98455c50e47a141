-- Guarantees: the acting user and its customer. A user whom only the identity provider knows has no email here.
-- Raises: forbidden.
create or replace function bank.get_me(p_actor jsonb) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_user bank.users;
  v_customer bank.customers;
begin
  perform bank_internal.require_actor(p_actor);
  select * into v_user from bank.users where id = (p_actor ->> 'user_id')::uuid;
  select * into v_customer from bank.customers where id = (p_actor ->> 'customer_id')::uuid;
  return bank_internal.answer(json_build_object(
    'id', p_actor ->> 'user_id', 'email', v_user.email, 'role', p_actor ->> 'role',
    'customer_id', v_customer.id,
    'customer', case when v_customer.id is not null then bank_internal.customer_json(v_customer) end));
end
$$;

grant execute on function bank.get_me to bank_api;
