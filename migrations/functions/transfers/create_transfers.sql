-- Guarantees: up to 500 transfers in one transaction, decided in their order. Each sees the
-- balances that the earlier ones left. With p_atomic, one declined item declines the whole batch,
-- and only the answer is stored. The key belongs to the batch as a whole. An item with an account
-- that the caller may not use is declined as not_found: it locks nothing and stores no transfer.
-- Locks: the idempotency key, then all accounts of the batch that the caller may use, in id order.
-- Raises: unauthenticated, idempotency_key_reused, idempotency_key_in_use.
-- Declines: batch_declined.
-- All batches share one generic plan, because making a plan costs as much as some transfers.
create or replace function bank.create_transfers(
  p_actor bank.actor, p_idempotency_key text, p_transfers jsonb, p_atomic boolean default false
) returns bank.answer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row('batch'::text, p_transfers, p_atomic)));
  v_transfers bank.transfers[];
  v_accounts bank.accounts[];
  v_refusals text[];
  v_answer bank.answer;
begin
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select o_transfers, o_accounts into v_transfers, v_accounts
    from bank_internal.decide_transfers(
      bank_internal.batch_orders(p_actor, p_idempotency_key, p_transfers));
  v_refusals := array(select code from unnest(v_transfers));
  v_answer.replayed := false;
  v_answer.changed := array(
    select 'account:' || id from unnest(v_accounts)
    union select 'accounts:' || customer_id from unnest(v_accounts));
  if p_atomic and array_remove(v_refusals, null) <> '{}' then
    v_answer.code := 'batch_declined';
    v_answer.unstored_audit_events := bank_internal.audit(bank_internal.audit_event(
      p_actor, 'transfer.create', 'batch_declined', 'transfer', null,
      jsonb_build_object('refused', (
        select jsonb_object_agg(position - 1, code)
          from unnest(v_refusals) with ordinality as item (code, position)
         where code is not null))));
    v_refusals := array(select coalesce(code, 'batch_declined') from unnest(v_refusals) as code);
    v_transfers := bank_internal.transfers_of_batch(
      bank_internal.scope_of(p_actor), p_idempotency_key, v_refusals);
  else
    perform bank_internal.store_transfers(v_transfers, v_accounts);
    v_answer.unstored_audit_events := bank_internal.audit_transfers(
      array_fill(p_actor, array[cardinality(v_transfers)]), v_transfers);
  end if;
  v_answer.body := bank_internal.batch_body(v_transfers);
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, 'batch', v_request_hash, v_answer, p_refusals => v_refusals);
end
$$;

grant execute on function bank.create_transfers to bank_api;
