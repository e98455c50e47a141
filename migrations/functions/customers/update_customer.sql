-- Guarantees: the members given are changed, the others kept. A freeze marks all accounts of the customer, so when it has
-- been answered, no debit that began before it is still under way. For admins.
-- Locks: the customer, against accounts opened meanwhile as well, then all its accounts in id order.
-- Raises: unauthenticated, forbidden, not_found.
create or replace function bank.update_customer(
  p_actor bank.actor, p_customer_id uuid, p_name text default null, p_status text default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before bank.customers;
  v_after bank.customers;
begin
  perform bank_internal.require_admin(p_actor);
  select * into v_before from bank.customers where id = p_customer_id for update;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  perform bank_internal.lock_accounts(array(select id from bank.accounts where customer_id = p_customer_id));
  update bank.customers
     set name = coalesce(p_name, name), status = coalesce(p_status, status), updated_at = clock_timestamp()
   where id = p_customer_id
  returning * into v_after;
  update bank.accounts set customer_is_frozen = v_after.status = 'frozen'
   where customer_id = p_customer_id and customer_is_frozen <> (v_after.status = 'frozen');
  return bank_internal.answer(
    bank_internal.customer_json(v_after),
    array['customer:' || p_customer_id],
    null,
    bank_internal.audit(bank_internal.audit_event(
      p_actor, 'customer.update', null, 'customer', p_customer_id,
      jsonb_build_object('before', jsonb_build_object('name', v_before.name, 'status', v_before.status),
                         'after', jsonb_build_object('name', v_after.name, 'status', v_after.status)))));
end
$$;

grant execute on function bank.update_customer to bank_api;
