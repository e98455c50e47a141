-- Guarantees: one movement of money, whole or not at all. It locks the accounts, decides the
-- movement, stores the outcome in one row that also claims the key, updates both accounts, and
-- writes an audit event. A decline is stored too.
-- p_owner: the customer who must own the debited account, or null for any. If it owns another
-- account, nothing is locked.
-- p_code: why it is declined, if the caller has found that already. p_at: the time, if the caller
-- has read it under the same locks.
-- p_reserved: how much the debited account has reserved for this movement. p_force: it may fall
-- below its limit.
-- Locks: the customer accounts of both sides in id order. Internal accounts are read and never
-- locked.
-- Raises: not_found.
create or replace function bank_internal.post_transfer(
  p_actor bank.actor, p_idempotency_key text, p_request_hash bytea, p_kind text,
  p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text,
  p_description text, p_metadata jsonb, p_owner uuid default null,
  p_action text default 'transfer.create', p_target_id uuid default null,
  p_hold_id uuid default null, p_reverses_transfer_id uuid default null, p_code text default null,
  p_at timestamptz default null, p_reserved bigint default 0, p_force boolean default false,
  p_detail jsonb default '{}'
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_at timestamptz;
  v_code text;
  v_id uuid;
  v_decision bank_internal.decision;
  v_body text;
  v_lock_timeout text;
  v_setting text;
  v_is_audited boolean := false;
  v_unstored jsonb;
begin
  if p_debit_account_id < p_credit_account_id then
    select * into v_debit from bank.accounts
     where id = p_debit_account_id and kind = 'customer'
       and customer_id = coalesce(p_owner, customer_id)
       for no key update;
    if v_debit.id is not null or p_kind <> 'transfer' then
      select * into v_credit from bank.accounts
       where id = p_credit_account_id and kind = 'customer' for no key update;
    end if;
  else
    select * into v_credit from bank.accounts
     where id = p_credit_account_id and kind = 'customer' and exists (
       select from bank.accounts as debit
        where debit.id = p_debit_account_id
          and debit.customer_id is not distinct from coalesce(p_owner, debit.customer_id))
       for no key update;
    select * into v_debit from bank.accounts
     where id = p_debit_account_id and kind = 'customer'
       and customer_id = coalesce(p_owner, customer_id)
       for no key update;
  end if;
  if p_kind = 'transfer' and (v_debit.id is null or v_credit.id is null) then
    perform bank_internal.refuse('not_found');
  elsif v_debit.id is null then
    v_debit := bank_internal.internal_account(p_debit_account_id);
  elsif v_credit.id is null then
    v_credit := bank_internal.internal_account(p_credit_account_id);
  end if;

  v_at := coalesce(p_at, bank_internal.time_after(v_debit, v_credit));
  if v_debit.held > 0 then
    v_debit.held := bank_internal.held_at(p_debit_account_id, v_at) - p_reserved;
  end if;
  v_code := coalesce(p_code, bank_internal.refusal_of(
    v_debit, v_credit, p_amount, coalesce(p_currency, v_debit.currency), p_force));
  v_id := bank_internal.new_id(v_at);
  v_decision := bank_internal.decide(v_debit, v_credit, v_id, v_at, p_amount, v_code);

  insert into bank.transfers as transfer (
    id, kind, status, code, debit_account_id, credit_account_id, amount, currency, description,
    metadata,
    idempotency_scope, idempotency_key, batch_index, request_hash, hold_id, reverses_transfer_id,
    debit_version, debit_balance, debit_hash, credit_version, credit_balance, credit_hash,
    created_by, created_at)
  values (
    v_id, p_kind, case when v_code is null then 'posted' else 'declined' end, v_code,
    p_debit_account_id, p_credit_account_id, p_amount, coalesce(p_currency, v_debit.currency),
    p_description, coalesce(p_metadata, '{}'),
    bank_internal.scope_of(p_actor), p_idempotency_key, 0, p_request_hash, p_hold_id,
    p_reverses_transfer_id,
    v_decision.debit_version, v_decision.debit_balance, v_decision.debit_hash,
    v_decision.credit_version, v_decision.credit_balance, v_decision.credit_hash,
    p_actor.user_id, v_at)
  returning bank_internal.transfer_body(transfer) into v_body;
  if v_code is null then
    -- Two plain statements cost less than one statement that joins a list of two.
    update bank.accounts
       set balance = v_decision.debit_balance, version = v_decision.debit_version,
           head_hash = v_decision.debit_hash,
           permitted_floor = case when p_force then least(permitted_floor, v_decision.debit_balance)
                                  else permitted_floor end,
           updated_at = v_at
     where id = p_debit_account_id and kind = 'customer';
    update bank.accounts
       set balance = v_decision.credit_balance, version = v_decision.credit_version,
           head_hash = v_decision.credit_hash,
           updated_at = v_at
     where id = p_credit_account_id and kind = 'customer';
  end if;

  -- Auditing never blocks money. It waits at most a millisecond for a lock, and then not again for
  -- a second. A deferred constraint that somebody added fires inside this block. "others" leaves
  -- out a cancelled query and a failed assertion, so both are named.
  v_lock_timeout := current_setting('lock_timeout');
  begin
    v_setting := set_config('lock_timeout', '1ms', true);
    if bank_internal.is_audit_locked() is not true then
      insert into bank.audit_events (
        id, created_at, actor_id, actor_role, action, outcome, code, target_type, target_id,
        request_id, ip, detail)
      values (
        v_id, v_at, p_actor.user_id, p_actor.role, p_action,
        case when v_code is null then 'success' else 'failure' end, v_code,
        split_part(p_action, '.', 1), coalesce(p_target_id, v_id), p_actor.request_id, p_actor.ip,
        case when p_target_id is not null
             then p_detail || jsonb_build_object('transfer_id', v_id) end);
      set constraints all immediate;
      v_is_audited := true;
    end if;
    v_setting := set_config('lock_timeout', v_lock_timeout, true);
  exception
    when others or query_canceled or assert_failure then
      perform bank_internal.remember_audit_failure(sqlstate);
  end;
  if not v_is_audited then
    select jsonb_build_array(bank_internal.transfer_event(
             p_actor, transfer, p_action, p_target_id, p_detail))
      into v_unstored from bank.transfers as transfer where id = v_id;
  end if;
  return row(
    v_code, v_body, false,
    bank_internal.cache_keys(v_debit, v_credit), null, null, v_unstored::text)::bank.answer;
end
$$;
