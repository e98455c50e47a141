-- Guarantees: an active hold becomes one posted transfer of at most its amount, once. What is not
-- captured is released. The money is reserved, so neither a lowered limit nor other holds decline
-- the capture. The clock is read once, under the locks: it decides whether the hold has expired,
-- and it is the time of the transfer.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: unauthenticated, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (about the hold; it claims no key), hold_not_active,
-- capture_exceeds_hold, then the codes of refusal_of. After a decline the hold is unchanged.
create or replace function bank.capture_hold(
  p_actor bank.actor, p_idempotency_key text, p_hold_id uuid, p_amount bigint default null,
  p_preconditions jsonb default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row('capture'::text, p_hold_id, p_amount)));
  v_hold bank.holds;
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_at timestamptz;
  v_amount bigint;
  v_code text;
  v_answer bank.answer;
begin
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  perform bank_internal.lock_accounts(array[v_hold.debit_account_id, v_hold.credit_account_id]);
  select * into strict v_hold from bank.holds where id = p_hold_id;
  select * into strict v_debit from bank.accounts where id = v_hold.debit_account_id;
  select * into strict v_credit from bank.accounts where id = v_hold.credit_account_id;
  v_at := bank_internal.time_after(v_debit, v_credit);
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions, bank_internal.hold_json(v_hold, v_at)::text)
  then
    return bank_internal.precondition_failed(p_actor, 'hold.capture', p_hold_id);
  end if;
  v_amount := coalesce(p_amount, v_hold.amount);
  v_code := case when bank_internal.hold_status(v_hold, v_at) <> 'active' then 'hold_not_active'
                 when v_amount > v_hold.amount then 'capture_exceeds_hold' end;
  v_answer := bank_internal.post_transfer(
    p_actor, p_idempotency_key, v_request_hash, 'capture',
    v_hold.debit_account_id, v_hold.credit_account_id,
    v_amount, v_hold.currency, v_hold.description, v_hold.metadata,
    p_action => 'hold.capture', p_target_id => p_hold_id,
    p_hold_id => p_hold_id, p_code => v_code, p_at => v_at,
    p_reserved => case when v_code is null then v_hold.amount else 0 end, p_force => true);
  if v_answer.code is null then
    update bank.holds
       set status = 'captured', captured_amount = v_amount,
           transfer_id = (v_answer.body::jsonb ->> 'id')::uuid
     where id = p_hold_id;
    update bank.accounts set held = held - v_hold.amount where id = v_hold.debit_account_id;
  end if;
  return v_answer;
end
$$;

grant execute on function bank.capture_hold to bank_api;
