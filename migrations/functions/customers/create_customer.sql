-- Guarantees: creates a customer and its login, both or neither. With a key, the outcome is decided
-- once. A decline changes nothing. For admins.
-- The fingerprint of a request with a key includes the slow hash of the password, so another
-- password is another request. This works because the Worker derives the salt of such a hash from
-- the key: the same request has the same hash.
-- Locks: the idempotency key.
-- Raises: unauthenticated, forbidden, idempotency_key_reused, idempotency_key_in_use.
-- Declines: email_taken.
create or replace function bank.create_customer(
  p_actor bank.actor, p_name text, p_email text, p_password_hash text,
  p_idempotency_key text default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'customer.create'::text, p_name, lower(p_email), p_password_hash)));
  v_at constant timestamptz := clock_timestamp();
  v_customer bank.customers;
  v_code text;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  with login as (
    insert into bank.users (id, email, password_hash, role, customer_id, created_at)
    values (bank_internal.new_id(v_at), lower(p_email), p_password_hash, 'customer',
            bank_internal.new_id(v_at), v_at)
    on conflict (email) do nothing
    returning *
  )
  insert into bank.customers (id, name, email, created_at, updated_at)
  select customer_id, p_name, email, v_at, v_at from login
  returning * into v_customer;
  if v_customer.id is null then
    v_code := 'email_taken';
  end if;
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, 'customer.create', v_request_hash, bank_internal.answer(
      case when v_code is null then bank_internal.customer_json(v_customer) else '{}' end,
      array_remove(array['customer:' || v_customer.id, 'accounts:' || v_customer.id], null),
      v_code,
      bank_internal.audit(bank_internal.audit_event(
        p_actor, 'customer.create', v_code, 'customer', v_customer.id))));
end
$$;

grant execute on function bank.create_customer to bank_api;
