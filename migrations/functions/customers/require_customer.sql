-- Guarantees: the customer exists and the actor may see it. Both failures look the same.
-- Raises: not_found.
create or replace function bank_internal.require_customer(p_actor bank.actor, p_customer_id uuid)
  returns bank.customers
  language plpgsql stable
as $$
declare
  v_customer bank.customers;
begin
  select * into v_customer from bank.customers where id = p_customer_id;
  if v_customer.id is null or not bank_internal.may_see_customer(p_actor, v_customer.id) then
    perform bank_internal.refuse('not_found');
  end if;
  return v_customer;
end
$$;
