-- Guarantees: no other transaction changes these customer accounts until this one ends. Internal
-- accounts are never locked.
-- Locks: the account rows `for no key update`, in id order, whatever the order of p_account_ids.
create or replace function bank_internal.lock_accounts(p_account_ids uuid[]) returns void
  language plpgsql volatile
as $$
begin
  perform from bank.accounts
    where id = any (p_account_ids) and kind = 'customer'
    order by id
      for no key update;
end
$$;
