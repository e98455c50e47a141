-- Guarantees: the entries are stored, and every customer account among them stands as its newest one leaves it.
-- Needs the locks of lock_accounts.
create or replace function bank_internal.post_entries(p_entries bank.entries[]) returns void
  language sql volatile
as $$
  insert into bank.entries select * from unnest(p_entries);

  update bank.accounts as account
     set balance = newest.balance_after, version = newest.account_version, head_hash = newest.hash,
         last_entry_at = newest.created_at, updated_at = newest.created_at
    from (select distinct on (account_id) * from unnest(p_entries)
           where account_version is not null
           order by account_id, account_version desc) as newest
   where account.id = newest.account_id;
$$;
