-- Guarantees: makes a new transfer in the opposite direction, in part or in full. All reversals of
-- a transfer together never take back more than it moved. With p_force the debited account may fall
-- below its limit. For admins.
-- Locks: the idempotency key, then the original's customer accounts in id order. The locks also put
-- its reversals in order.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (about the original; it claims no key), transfer_not_reversible,
-- reversal_exceeds_transfer, then the codes of refusal_of.
create or replace function bank.reverse_transfer(
  p_actor bank.actor, p_idempotency_key text, p_transfer_id uuid, p_amount bigint default null,
  p_force boolean default false, p_description text default null, p_preconditions jsonb default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'reversal'::text, p_transfer_id, p_amount, p_force, p_description)));
  v_original bank.transfers;
  v_reversible bigint;
  v_amount bigint;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select * into v_original from bank.transfers where id = p_transfer_id;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  perform bank_internal.lock_accounts(
    array[v_original.debit_account_id, v_original.credit_account_id]);
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions,
    bank_internal.transfer_json(v_original, bank_internal.reversals_of(p_transfer_id)))
  then
    return bank_internal.precondition_failed(p_actor, 'transfer.reverse', p_transfer_id);
  end if;
  select v_original.amount - coalesce(sum(amount), 0) into v_reversible
    from bank.transfers where reverses_transfer_id = p_transfer_id and code is null;
  v_amount := coalesce(p_amount, nullif(v_reversible, 0), v_original.amount);
  return bank_internal.post_transfer(
    p_actor, p_idempotency_key, v_request_hash, 'reversal', v_original.credit_account_id,
    v_original.debit_account_id, v_amount, v_original.currency, p_description, '{}',
    p_action => 'transfer.reverse', p_target_id => p_transfer_id,
    p_reverses_transfer_id => p_transfer_id, p_force => coalesce(p_force, false),
    p_detail => jsonb_build_object('force', p_force), p_code => case
      when v_original.code is not null or v_original.kind = 'reversal'
        then 'transfer_not_reversible'
      when v_amount > v_reversible then 'reversal_exceeds_transfer' end);
end
$$;

grant execute on function bank.reverse_transfer to bank_api;
