-- Guarantees: a transfer as it stands on the wire, with the posted transfers that took it back, none when it is new.
create or replace function bank_internal.transfer_json(p_transfer bank.transfers, p_reversed_by uuid[] default '{}')
  returns json
  language sql stable
as $$
  select json_build_object(
    'id', p_transfer.id, 'kind', p_transfer.kind, 'status', p_transfer.status, 'code', p_transfer.code,
    'debit_account_id', p_transfer.debit_account_id, 'credit_account_id', p_transfer.credit_account_id,
    'amount', p_transfer.amount, 'currency', p_transfer.currency,
    'description', p_transfer.description, 'metadata', p_transfer.metadata,
    'idempotency_key', p_transfer.idempotency_key, 'hold_id', p_transfer.hold_id,
    'reverses_transfer_id', p_transfer.reverses_transfer_id,
    'reversed_by_transfer_ids', p_reversed_by, 'created_by', p_transfer.created_by,
    'created_at', bank_internal.timestamp_text(p_transfer.created_at))
$$;
