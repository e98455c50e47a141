-- Guarantees: both entries of a posted transfer, summing to zero; on a customer account also its new balance,
-- the next version and the next link of its chain.
-- Needs the locks of lock_accounts.
create or replace function bank_internal.post_entries(p_transfer bank.transfers) returns void
  language sql volatile
as $$
  with legs as materialized (
    select bank_internal.new_id() as id, account_id, amount
      from (values (p_transfer.debit_account_id, -p_transfer.amount),
                   (p_transfer.credit_account_id, p_transfer.amount)) as leg (account_id, amount)
  ), moved as (
    update bank.accounts as account
       set balance = account.balance + leg.amount,
           version = account.version + 1,
           head_hash = bank_internal.entry_hash(account.head_hash, account.id, account.version + 1, leg.amount,
             account.balance + leg.amount, p_transfer.id, leg.id, p_transfer.created_at),
           last_entry_at = p_transfer.created_at,
           updated_at = p_transfer.created_at
      from legs as leg
     where account.id = leg.account_id and account.kind = 'customer'
    returning account.id, account.balance, account.version, account.head_hash
  )
  insert into bank.entries (id, transfer_id, account_id, amount, balance_after, account_version, hash, created_at)
  select leg.id, p_transfer.id, leg.account_id, leg.amount, moved.balance, moved.version, moved.head_hash,
         p_transfer.created_at
    from legs as leg left join moved on moved.id = leg.account_id
$$;
