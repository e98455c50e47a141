-- Guarantees: an admin's credit or debit of a customer account, against the settlement account of
-- its currency.
-- Locks: the idempotency key, then the customer account. The settlement account is never locked.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (about the account; it claims no key), then the codes of
-- refusal_of.
create or replace function bank_internal.settle(
  p_actor bank.actor, p_idempotency_key text, p_kind text, p_account_id uuid, p_amount bigint,
  p_description text, p_preconditions jsonb
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    p_kind, p_account_id, p_amount, p_description)));
  v_account bank.accounts;
  v_settlement_account_id uuid;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select * into v_account from bank.accounts
   where id = p_account_id and kind = 'customer' for no key update;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions, bank_internal.account_json(v_account)::text)
  then
    return bank_internal.precondition_failed(p_actor, 'account.' || p_kind, p_account_id);
  end if;
  v_settlement_account_id := bank_internal.settlement_account_id(v_account.currency);
  return bank_internal.post_transfer(
    p_actor, p_idempotency_key, v_request_hash, p_kind,
    case p_kind when 'credit' then v_settlement_account_id else p_account_id end,
    case p_kind when 'credit' then p_account_id else v_settlement_account_id end,
    p_amount, v_account.currency, p_description, '{}', p_action => 'account.' || p_kind,
    p_target_id => p_account_id);
end
$$;
