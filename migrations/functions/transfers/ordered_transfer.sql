-- Guarantees: builds the transfer from an order and the decision on it.
create or replace function bank_internal.ordered_transfer(
  p_order bank_internal.transfer_order, p_decision bank_internal.decision
) returns bank.transfers
  language sql stable
as $$
  select row(
    p_decision.id, 'transfer',
    case when p_decision.code is null then 'posted' else 'declined' end, p_decision.code,
    p_order.debit_account_id, p_order.credit_account_id, p_order.amount, p_order.currency,
    p_order.description, p_order.metadata, bank_internal.scope_of(p_order.actor),
    p_order.idempotency_key, p_order.batch_index, p_order.request_hash, null, null,
    p_decision.debit_version, p_decision.debit_balance, p_decision.debit_hash,
    p_decision.credit_version, p_decision.credit_balance, p_decision.credit_hash,
    (p_order.actor).user_id, p_decision.created_at)::bank.transfers
$$;
