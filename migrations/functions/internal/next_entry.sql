-- Guarantees: the entry that moves p_amount (negative for the debit) on the account as it stands in p_account; not
-- stored. An internal account has no balance, version or chain, so its entries have none.
create or replace function bank_internal.next_entry(
  p_account bank.accounts, p_transfer bank.transfers, p_amount bigint
) returns bank.entries
  language plpgsql volatile
as $$
declare
  v_entry bank.entries;
begin
  v_entry.id := bank_internal.new_id();
  v_entry.transfer_id := p_transfer.id;
  v_entry.account_id := p_account.id;
  v_entry.amount := p_amount;
  v_entry.balance_after := p_account.balance + p_amount;
  v_entry.account_version := p_account.version + 1;
  v_entry.created_at := p_transfer.created_at;
  if p_account.kind = 'customer' then
    v_entry.hash := bank_internal.entry_hash(
      p_account.head_hash, v_entry.account_id, v_entry.account_version, v_entry.amount, v_entry.balance_after,
      v_entry.transfer_id, v_entry.id, v_entry.created_at);
  end if;
  return v_entry;
end
$$;
