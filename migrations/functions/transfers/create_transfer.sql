-- Guarantees: one movement of money between two customer accounts, decided once per key in this one
-- transaction. It is posted with both entries, or it is declined and stored. Every later request
-- with the key gets the same answer.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: unauthenticated, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: the codes of refusal_of.
create or replace function bank.create_transfer(
  p_actor bank.actor, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid,
  p_amount bigint, p_currency text default null, p_description text default null,
  p_metadata jsonb default '{}'
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := bank_internal.request_hash(
    p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_description, p_metadata);
begin
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  return bank_internal.post_transfer(
    p_actor, p_idempotency_key, v_request_hash, 'transfer',
    p_debit_account_id, p_credit_account_id, p_amount,
    p_currency, p_description, p_metadata, p_actor.customer_id);
end
$$;

grant execute on function bank.create_transfer to bank_api;
