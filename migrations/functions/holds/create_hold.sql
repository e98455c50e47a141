-- Guarantees: money reserved on the debited account until it is captured, released or expires, decided once per key
-- by the rules of a transfer; a decline is replayable.
-- Locks: the idempotency key, then both accounts in id order.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
create or replace function bank.create_hold(
  p_actor jsonb, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint,
  p_currency text default null, p_description text default null, p_metadata jsonb default '{}',
  p_expires_in_seconds integer default 604800
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_known bank.answer;
  v_events jsonb[];
  v_hold bank.holds;
  v_code text;
begin
  perform bank_internal.require_actor(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array(
    'hold', p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_description, p_metadata,
    p_expires_in_seconds));
  if v_known.replayed then
    return v_known;
  end if;
  if not bank_internal.may_move(p_actor, p_debit_account_id, p_credit_account_id) then
    perform bank_internal.refuse('not_found');
  end if;
  v_events := bank_internal.lock_accounts(p_actor, array[p_debit_account_id, p_credit_account_id]);
  select bank_internal.refusal_of(debit, credit, customer.status, p_amount, coalesce(p_currency, debit.currency)),
         coalesce(p_currency, debit.currency)
    into v_code, v_hold.currency
    from bank.accounts as debit
    join bank.customers as customer on customer.id = debit.customer_id
    join bank.accounts as credit on credit.id = p_credit_account_id
   where debit.id = p_debit_account_id;
  if v_code is null then
    insert into bank.holds (id, debit_account_id, credit_account_id, amount, currency, description, metadata,
                            created_by, expires_at, created_at)
    select bank_internal.new_id(), p_debit_account_id, p_credit_account_id, p_amount, v_hold.currency, p_description,
           coalesce(p_metadata, '{}'), (p_actor ->> 'user_id')::uuid,
           now_at + make_interval(secs => p_expires_in_seconds), now_at
      from clock_timestamp() as now_at
    returning * into v_hold;
    update bank.accounts set held = held + p_amount, updated_at = v_hold.created_at where id = p_debit_account_id;
  end if;
  return bank_internal.answer_hold(p_actor, p_idempotency_key, v_hold, p_debit_account_id, 'hold.create', v_code, v_events);
end
$$;

grant execute on function bank.create_hold to bank_api;
