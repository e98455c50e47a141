-- Guarantees: reserves money on the debited account until the hold is captured, is released or
-- expires. It is decided once per key, by the rules of a transfer. A decline is replayed. An
-- account has at most 1,000 holds that are active or that have expired and are not marked yet.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: unauthenticated, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: the codes of refusal_of, then too_many_holds.
create or replace function bank.create_hold(
  p_actor bank.actor, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid,
  p_amount bigint, p_currency text default null, p_description text default null,
  p_metadata jsonb default '{}', p_expires_in_seconds integer default 604800
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'hold'::text, p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_description,
    p_metadata, p_expires_in_seconds)));
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_at timestamptz;
  v_code text;
  v_hold bank.holds;
begin
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  if not exists (
    select from bank_internal.usable_accounts(p_actor, p_debit_account_id, p_credit_account_id))
  then
    perform bank_internal.refuse('not_found');
  end if;
  perform bank_internal.lock_accounts(array[p_debit_account_id, p_credit_account_id]);
  select * into strict v_debit from bank.accounts where id = p_debit_account_id;
  select * into strict v_credit from bank.accounts where id = p_credit_account_id;
  v_at := bank_internal.time_after(v_debit, v_credit);
  v_debit.held := bank_internal.held_at(p_debit_account_id, v_at);
  v_hold.currency := coalesce(p_currency, v_debit.currency);
  v_code := coalesce(
    bank_internal.refusal_of(v_debit, v_credit, p_amount, v_hold.currency),
    case when bank_internal.has_too_many_holds(p_debit_account_id) then 'too_many_holds' end);
  if v_code is null then
    insert into bank.holds (
      id, debit_account_id, credit_account_id, amount, currency, description, metadata,
      created_by, expires_at, created_at)
    values (
      bank_internal.new_id(v_at), p_debit_account_id, p_credit_account_id, p_amount,
      v_hold.currency, p_description, coalesce(p_metadata, '{}'), p_actor.user_id,
      v_at + make_interval(secs => p_expires_in_seconds), v_at)
    returning * into v_hold;
    update bank.accounts set held = held + p_amount, updated_at = v_at
     where id = p_debit_account_id;
  end if;
  return bank_internal.answer_hold(
    p_actor, p_idempotency_key, v_request_hash, 'hold', v_hold, v_debit, v_code, v_at);
end
$$;

grant execute on function bank.create_hold to bank_api;
