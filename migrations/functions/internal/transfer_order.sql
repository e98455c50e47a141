-- Guarantees: a transfer as asked for, not yet decided and not yet stored.
create or replace function bank_internal.transfer_order(
  p_actor jsonb, p_idempotency_key text, p_kind text, p_debit_account_id uuid, p_credit_account_id uuid,
  p_amount bigint, p_currency text, p_description text, p_metadata jsonb default '{}',
  p_hold_id uuid default null, p_reverses_transfer_id uuid default null
) returns bank.transfers
  language plpgsql volatile
as $$
declare
  v_order bank.transfers;
begin
  v_order.kind := p_kind;
  v_order.debit_account_id := p_debit_account_id;
  v_order.credit_account_id := p_credit_account_id;
  v_order.amount := p_amount;
  v_order.currency := p_currency;
  v_order.description := p_description;
  v_order.metadata := coalesce(p_metadata, '{}');
  v_order.idempotency_scope := bank_internal.scope_of(p_actor);
  v_order.idempotency_key := p_idempotency_key;
  v_order.batch_index := 0;
  v_order.hold_id := p_hold_id;
  v_order.reverses_transfer_id := p_reverses_transfer_id;
  v_order.created_by := (p_actor ->> 'user_id')::uuid;
  return v_order;
end
$$;
