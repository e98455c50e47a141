-- Guarantees: returns a posted transfer as an entry of one of its accounts, in JSON. Internal
-- accounts have no running balance.
create or replace function bank_internal.entry_json(p_transfer bank.transfers, p_account_id uuid)
  returns json
  language plpgsql stable
as $$
declare
  v_is_debit constant boolean := p_transfer.debit_account_id = p_account_id;
begin
  return json_build_object(
    'id', p_transfer.id, 'transfer_id', p_transfer.id, 'account_id', p_account_id,
    'amount', case when v_is_debit then -p_transfer.amount::bigint else p_transfer.amount end,
    'balance_after', case when v_is_debit then p_transfer.debit_balance
                          else p_transfer.credit_balance end,
    'account_version', case when v_is_debit then p_transfer.debit_version
                            else p_transfer.credit_version end,
    'hash', encode(
      case when v_is_debit then p_transfer.debit_hash else p_transfer.credit_hash end, 'hex'),
    'kind', p_transfer.kind, 'description', p_transfer.description,
    'counterparty_account_id',
      case when v_is_debit then p_transfer.credit_account_id else p_transfer.debit_account_id end,
    'created_at', bank_internal.timestamp_text(p_transfer.created_at));
end
$$;
