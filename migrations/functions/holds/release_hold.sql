-- Guarantees: releases an active hold and frees its money, once per key.
-- Locks: the idempotency key, then the debited account.
-- Raises: unauthenticated, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (about the hold; it claims no key), hold_not_active.
create or replace function bank.release_hold(
  p_actor bank.actor, p_idempotency_key text, p_hold_id uuid, p_preconditions jsonb default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row('release'::text, p_hold_id)));
  v_hold bank.holds;
  v_debit bank.accounts;
  v_at timestamptz;
  v_code text;
begin
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  perform bank_internal.lock_accounts(array[v_hold.debit_account_id]);
  select * into strict v_debit from bank.accounts where id = v_hold.debit_account_id;
  v_at := bank_internal.time_after(v_debit, v_debit);
  -- Read again, because it may have changed before this transaction held the lock.
  select * into strict v_hold from bank.holds where id = p_hold_id;
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions, bank_internal.hold_json(v_hold, v_at)::text)
  then
    return bank_internal.precondition_failed(p_actor, 'hold.release', p_hold_id);
  end if;
  if bank_internal.hold_status(v_hold, v_at) = 'active' then
    update bank.holds set status = 'released' where id = p_hold_id returning * into v_hold;
    update bank.accounts set held = held - v_hold.amount, updated_at = v_at
     where id = v_hold.debit_account_id;
  else
    v_code := 'hold_not_active';
  end if;
  return bank_internal.answer_hold(
    p_actor, p_idempotency_key, v_request_hash, 'release', v_hold, v_debit, v_code, v_at);
end
$$;

grant execute on function bank.release_hold to bank_api;
