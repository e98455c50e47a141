-- Guarantees: an active hold becomes one posted transfer of at most its amount, once; what is not captured is released.
-- Reserved money is there: neither a lowered limit nor other holds decline its capture.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: hold_not_active, capture_exceeds_hold, then those of a transfer; the hold is kept.
create or replace function bank.capture_hold(
  p_actor jsonb, p_idempotency_key text, p_hold_id uuid, p_amount bigint default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_events jsonb[];
  v_hold bank.holds;
  v_order bank.transfers;
  v_transfer bank.transfers;
begin
  perform bank_internal.require_actor(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array('capture', p_hold_id, p_amount));
  if v_known.replayed then
    return v_known;
  end if;
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  v_events := bank_internal.lock_accounts(p_actor, array[v_hold.debit_account_id, v_hold.credit_account_id]);
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  v_order := bank_internal.transfer_order(
    p_actor, p_idempotency_key, 'capture', v_hold.debit_account_id, v_hold.credit_account_id,
    coalesce(p_amount, v_hold.amount), v_hold.currency, v_hold.description, v_hold.metadata, p_hold_id => p_hold_id);
  v_order.code := case when v_hold.status <> 'active' then 'hold_not_active'
                       when p_amount > v_hold.amount then 'capture_exceeds_hold' end;
  v_transfer := bank_internal.decide_transfer(v_order, p_force => true, p_reserved => v_hold.amount);
  if v_transfer.status = 'posted' then
    update bank.holds
       set status = 'captured', captured_amount = v_transfer.amount, transfer_id = v_transfer.id
     where id = p_hold_id;
  end if;
  return bank_internal.answer_transfer(p_actor, v_transfer, 'hold.capture', p_hold_id, v_events);
end
$$;

grant execute on function bank.capture_hold to bank_api;
