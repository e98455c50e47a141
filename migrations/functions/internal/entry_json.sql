-- Guarantees: an entry as it stands on the wire, seen from its account. Internal accounts keep no running balance.
create or replace function bank_internal.entry_json(p_entry bank.entries, p_transfer bank.transfers) returns json
  language sql stable
as $$
  select json_build_object(
    'id', p_entry.id, 'transfer_id', p_entry.transfer_id, 'account_id', p_entry.account_id,
    'amount', p_entry.amount, 'balance_after', p_entry.balance_after, 'account_version', p_entry.account_version,
    'hash', encode(p_entry.hash, 'hex'), 'kind', p_transfer.kind, 'description', p_transfer.description,
    'counterparty_account_id', case when p_entry.amount < 0 then p_transfer.credit_account_id
                                    else p_transfer.debit_account_id end,
    'created_at', bank_internal.timestamp_text(p_entry.created_at))
$$;
