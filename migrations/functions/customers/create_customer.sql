-- Guarantees: a customer and the login that acts for it, both or neither. For admins.
-- Raises: unauthenticated, forbidden, email_taken.
create or replace function bank.create_customer(
  p_actor bank.actor, p_name text, p_email text, p_password_hash text
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_at constant timestamptz := clock_timestamp();
  v_customer bank.customers;
begin
  perform bank_internal.require_admin(p_actor);
  insert into bank.customers (id, name, email, created_at, updated_at)
  values (bank_internal.new_id(v_at), p_name, lower(p_email), v_at, v_at)
  on conflict (email) do nothing
  returning * into v_customer;
  if v_customer.id is not null then
    insert into bank.users (id, email, password_hash, role, customer_id, created_at)
    values (bank_internal.new_id(v_at), v_customer.email, p_password_hash, 'customer', v_customer.id, v_at)
    on conflict (email) do nothing;
  end if;
  if not found or v_customer.id is null then
    perform bank_internal.refuse('email_taken');
  end if;
  return bank_internal.answer(
    bank_internal.customer_json(v_customer),
    array['customer:' || v_customer.id, 'accounts:' || v_customer.id],
    null,
    bank_internal.audit(bank_internal.audit_event(p_actor, 'customer.create', null, 'customer', v_customer.id)));
end
$$;

grant execute on function bank.create_customer to bank_api;
