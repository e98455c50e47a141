-- Guarantees: these customers' accounts stand still until the transaction ends. Internal accounts are never locked.
-- Locks: account rows `for no key update`, in id order, whatever the order asked for.
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
