-- Guarantees: creates an account with balance 0. If its customer is frozen, the account is marked
-- so. The settlement account of the currency exists afterwards. Requests with the same key create
-- one account. For admins.
-- Locks: the idempotency key, then the customer, so that a concurrent freeze is seen.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
create or replace function bank.create_account(
  p_actor bank.actor, p_customer_id uuid, p_currency text, p_name text,
  p_overdraft_limit bigint default 0, p_idempotency_key text default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'account.create'::text, p_customer_id, p_currency, p_name, coalesce(p_overdraft_limit, 0))));
  v_customer bank.customers;
  v_account bank.accounts;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select * into v_customer from bank.customers where id = p_customer_id for share;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  perform bank_internal.settlement_account_id(p_currency);
  insert into bank.accounts (
    id, customer_id, kind, name, currency, customer_is_frozen, overdraft_limit, balance, version,
    created_at, updated_at)
  select bank_internal.new_id(now_at), p_customer_id, 'customer', p_name, p_currency,
         v_customer.status = 'frozen', coalesce(p_overdraft_limit, 0), 0, 0, now_at, now_at
    from clock_timestamp() as now_at
  returning * into v_account;
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, 'account.create', v_request_hash, bank_internal.answer(
      bank_internal.account_json(v_account),
      array['account:' || v_account.id, 'accounts:' || v_account.customer_id],
      null,
      bank_internal.audit(bank_internal.audit_event(
        p_actor, 'account.create', null, 'account', v_account.id))));
end
$$;

grant execute on function bank.create_account to bank_api;
