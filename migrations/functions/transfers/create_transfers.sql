-- Guarantees: up to 500 transfers in one transaction, decided in the order given, each on the balances that those
-- before it left. Atomic: one refusal and nothing is stored but the answer. Once per key as a whole.
-- Locks: the idempotency key, then all accounts of the batch in id order, before anything is decided.
-- Raises: forbidden, idempotency_key_reused, idempotency_key_in_use. Declines: batch_declined.
create or replace function bank.create_transfers(
  p_actor jsonb, p_idempotency_key text, p_transfers jsonb, p_atomic boolean default false
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_account_ids constant uuid[] := array(
    select distinct (item ->> side)::uuid from jsonb_array_elements(p_transfers) as item
     cross join (values ('debit_account_id'), ('credit_account_id')) as sides (side));
  v_events jsonb[];
  v_batch record;
  v_declined boolean;
begin
  perform bank_internal.require_actor(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array('batch', p_transfers, p_atomic));
  if v_known.replayed then
    return v_known;
  end if;
  v_events := bank_internal.lock_accounts(p_actor, v_account_ids);
  v_batch := bank_internal.decide_batch(p_actor, p_idempotency_key, p_transfers, v_account_ids);
  v_declined := p_atomic and exists (select from unnest(v_batch.transfers) where code is not null);
  if not v_declined then
    insert into bank.transfers select * from unnest(v_batch.transfers) where id is not null;
    perform bank_internal.post_entries(v_batch.entries);
  end if;
  return bank_internal.keep_answer(p_actor, p_idempotency_key, bank_internal.answer(
    bank_internal.outcomes_json(v_batch.transfers, v_declined),
    bank_internal.changed_accounts(v_account_ids),
    case when v_declined then 'batch_declined' end,
    bank_internal.audit(variadic v_events || bank_internal.batch_events(
      p_actor, v_batch.transfers, v_declined))));
end
$$;

grant execute on function bank.create_transfers to bank_api;
