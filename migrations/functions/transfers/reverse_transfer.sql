-- Guarantees: a new transfer the other way, in part or in full; all reversals of a transfer together never take back
-- more than it moved. With p_force the debited account may fall below its limit. For admins.
-- Locks: the idempotency key, then the original's customer accounts in id order, which also orders its reversals.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: transfer_not_reversible, reversal_exceeds_transfer, then those of a transfer.
create or replace function bank.reverse_transfer(
  p_actor jsonb, p_idempotency_key text, p_transfer_id uuid, p_amount bigint default null,
  p_force boolean default false, p_description text default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_events jsonb[];
  v_original bank.transfers;
  v_reversible bigint;
  v_order bank.transfers;
begin
  perform bank_internal.require_admin(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array(
    'reverse', p_transfer_id, p_amount, p_force, p_description));
  if v_known.replayed then
    return v_known;
  end if;
  select * into v_original from bank.transfers where id = p_transfer_id;
  if v_original.id is null then
    perform bank_internal.refuse('not_found');
  end if;
  v_events := bank_internal.lock_accounts(
    p_actor, array[v_original.debit_account_id, v_original.credit_account_id]);
  select v_original.amount - coalesce(sum(amount), 0) into v_reversible
    from bank.transfers where reverses_transfer_id = p_transfer_id and status = 'posted';
  v_order := bank_internal.transfer_order(
    p_actor, p_idempotency_key, 'reversal', v_original.credit_account_id, v_original.debit_account_id,
    coalesce(p_amount, nullif(v_reversible, 0), v_original.amount), v_original.currency, p_description,
    p_reverses_transfer_id => p_transfer_id);
  v_order.code := case
    when v_original.status = 'declined' or v_original.kind = 'reversal' then 'transfer_not_reversible'
    when v_order.amount > v_reversible then 'reversal_exceeds_transfer' end;
  return bank_internal.answer_transfer(
    p_actor, bank_internal.decide_transfer(v_order, p_force), 'transfer.reverse', p_transfer_id, v_events,
    jsonb_build_object('force', p_force));
end
$$;

grant execute on function bank.reverse_transfer to bank_api;
