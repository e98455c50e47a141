-- Guarantees: changes the members that are given and keeps the others. A freeze marks all accounts
-- of the customer. It waits for their locks, so once it has been answered, no debit that began
-- before it is still running. With a key, the change is made once. For admins.
-- Locks: the idempotency key, then the customer (also against new accounts), then all its accounts
-- in id order.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (it claims no key).
create or replace function bank.update_customer(
  p_actor bank.actor, p_customer_id uuid, p_name text default null, p_status text default null,
  p_idempotency_key text default null, p_preconditions jsonb default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'customer.update'::text, p_customer_id, p_name, p_status)));
  v_unchanging constant text[] := '{id,email,created_at,updated_at}';
  v_before bank.customers;
  v_after bank.customers;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select * into v_before from bank.customers where id = p_customer_id for update;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions, bank_internal.customer_json(v_before)::text)
  then
    return bank_internal.precondition_failed(p_actor, 'customer.update', p_customer_id);
  end if;
  perform bank_internal.lock_accounts(
    array(select id from bank.accounts where customer_id = p_customer_id));
  update bank.customers
     set name = coalesce(p_name, name), status = coalesce(p_status, status),
         updated_at = clock_timestamp()
   where id = p_customer_id
  returning * into v_after;
  update bank.accounts set customer_is_frozen = v_after.status = 'frozen'
   where customer_id = p_customer_id and customer_is_frozen <> (v_after.status = 'frozen');
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, 'customer.update', v_request_hash, bank_internal.answer(
      bank_internal.customer_json(v_after),
      array['customer:' || p_customer_id],
      null,
      bank_internal.audit(bank_internal.audit_event(
        p_actor, 'customer.update', null, 'customer', p_customer_id,
        jsonb_build_object('before', to_jsonb(v_before) - v_unchanging,
                           'after', to_jsonb(v_after) - v_unchanging)))));
end
$$;

grant execute on function bank.update_customer to bank_api;
