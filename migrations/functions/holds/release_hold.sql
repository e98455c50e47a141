-- Guarantees: an active hold is released and its money is free again, once per key.
-- Locks: the idempotency key, then the debited account.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use. Declines: hold_not_active.
create or replace function bank.release_hold(p_actor jsonb, p_idempotency_key text, p_hold_id uuid)
  returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_events jsonb[];
  v_hold bank.holds;
  v_code text;
begin
  perform bank_internal.require_actor(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array('release', p_hold_id));
  if v_known.replayed then
    return v_known;
  end if;
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  v_events := bank_internal.lock_accounts(p_actor, array[v_hold.debit_account_id]);
  v_hold := bank_internal.require_hold(p_actor, p_hold_id);
  if v_hold.status = 'active' then
    update bank.holds set status = 'released' where id = p_hold_id returning * into v_hold;
    update bank.accounts set held = held - v_hold.amount, updated_at = clock_timestamp()
     where id = v_hold.debit_account_id;
  else
    v_code := 'hold_not_active';
  end if;
  return bank_internal.answer_hold(
    p_actor, p_idempotency_key, v_hold, v_hold.debit_account_id, 'hold.release', v_code, v_events);
end
$$;

grant execute on function bank.release_hold to bank_api;
