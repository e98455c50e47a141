-- Guarantees: an admin's credit or debit of a customer account against the settlement account of its currency.
-- Locks: the idempotency key, then the customer account; the settlement account never.
-- Raises: forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
create or replace function bank_internal.settle(
  p_actor jsonb, p_idempotency_key text, p_kind text, p_account_id uuid, p_amount bigint, p_description text
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_known bank.answer;
  v_account bank.accounts;
  v_settlement_account_id uuid;
  v_events jsonb[];
  v_transfer bank.transfers;
begin
  perform bank_internal.require_admin(p_actor);
  v_known := bank_internal.claim_key(p_actor, p_idempotency_key, jsonb_build_array(
    p_kind, p_account_id, p_amount, p_description));
  if v_known.replayed then
    return v_known;
  end if;
  v_account := bank_internal.require_account(p_actor, p_account_id);
  if v_account.kind = 'internal' then
    perform bank_internal.refuse('not_found');
  end if;
  v_settlement_account_id := bank_internal.settlement_account_id(v_account.currency);
  v_events := bank_internal.lock_accounts(p_actor, array[p_account_id]);
  v_transfer := bank_internal.decide_transfer(bank_internal.transfer_order(
    p_actor, p_idempotency_key, p_kind,
    case p_kind when 'credit' then v_settlement_account_id else p_account_id end,
    case p_kind when 'credit' then p_account_id else v_settlement_account_id end,
    p_amount, v_account.currency, p_description));
  return bank_internal.answer_transfer(p_actor, v_transfer, 'account.' || p_kind, p_account_id, v_events);
end
$$;
