-- Guarantees: one movement of money between two customer accounts, decided once per key in this one transaction:
-- posted with both entries, or declined and stored, and the same answer ever after.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
create or replace function bank.create_transfer(
  p_actor jsonb, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint,
  p_currency text default null, p_description text default null, p_metadata jsonb default '{}'
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_events jsonb[];
  v_transfer bank.transfers;
begin
  perform bank_internal.require_actor(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array(
    'transfer', p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_description, p_metadata));
  if v_known.replayed then
    return v_known;
  end if;
  if not bank_internal.may_move(p_actor, p_debit_account_id, p_credit_account_id) then
    perform bank_internal.refuse('not_found');
  end if;
  v_events := bank_internal.lock_accounts(p_actor, array[p_debit_account_id, p_credit_account_id]);
  v_transfer := bank_internal.decide_transfer(bank_internal.transfer_order(
    p_actor, p_idempotency_key, 'transfer', p_debit_account_id, p_credit_account_id,
    p_amount, p_currency, p_description, p_metadata));
  return bank_internal.answer_transfer(p_actor, v_transfer, 'transfer.create', v_transfer.id, v_events);
end
$$;

grant execute on function bank.create_transfer to bank_api;
