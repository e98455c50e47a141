-- Guarantees: the account as it stands after the entry; not stored.
create or replace function bank_internal.account_after(p_account bank.accounts, p_entry bank.entries)
  returns bank.accounts
  language plpgsql immutable
as $$
begin
  p_account.balance := p_entry.balance_after;
  p_account.version := p_entry.account_version;
  p_account.head_hash := p_entry.hash;
  return p_account;
end
$$;
