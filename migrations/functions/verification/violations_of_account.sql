-- Guarantees: returns the violations of one account. It compares the account with its customer, its
-- newest entry, its holds, its limit, and its last verified point, which does not match if the
-- history was cut off or rewritten.
create or replace function bank_internal.violations_of_account(p_account_id uuid)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select violation.rule, 'account', account.id, violation.expected, violation.found
    from bank.accounts as account
    left join bank.customers as customer on customer.id = account.customer_id
    left join bank.verified_accounts as verified on verified.account_id = account.id
    left join lateral (
      (select debit_version, debit_balance, debit_hash from bank.transfers
        where debit_account_id = account.id and debit_version is not null and code is null
        order by debit_version desc limit 1)
      union all
      (select credit_version, credit_balance, credit_hash from bank.transfers
        where credit_account_id = account.id and credit_version is not null and code is null
        order by credit_version desc limit 1)
      order by 1 desc limit 1) as newest (account_version, balance_after, hash) on true
   cross join lateral (
     select 'account_shape', 'a customer, a balance and a version, or, if internal, none of them',
            format('%s of customer %s, balance %s, version %s, held %s',
                   account.kind, customer.id, account.balance, account.version, account.held)
      where case account.kind
            when 'customer' then num_nulls(customer.id, account.balance, account.version) > 0
              or (account.version > 0) <> (account.head_hash is not null)
            else num_nonnulls(
                   customer_id, account.balance, account.version, account.head_hash,
                   permitted_floor) > 0
              or (account.held, overdraft_limit, customer_is_frozen) <> (0, 0, false) end
     union all
     select 'account_customer', customer.status,
            case when customer_is_frozen then 'frozen' else 'not frozen' end
      where customer_is_frozen <> (customer.status = 'frozen')
     union all
     select 'account_balance', coalesce(newest.balance_after, 0)::text, account.balance::text
      where account.kind = 'customer'
        and account.balance is distinct from coalesce(newest.balance_after, 0)
     union all
     select 'account_version', coalesce(newest.account_version, 0)::text, account.version::text
      where account.kind = 'customer'
        and account.version is distinct from coalesce(newest.account_version, 0)
     union all
     select 'account_head_hash', encode(newest.hash, 'hex'), encode(account.head_hash, 'hex')
      where account.kind = 'customer' and account.head_hash is distinct from newest.hash
     union all
     select 'account_verified_hash', encode(verified.head_hash, 'hex'), encode(entry.hash, 'hex')
       from (select case when verified.version = newest.account_version then newest.hash else (
               select hash from bank.entries
                where account_id = account.id and account_version = verified.version limit 1) end
            ) as entry (hash)
      where verified.version > 0 and verified.head_hash is distinct from entry.hash
     union all
     select 'account_held', unmarked.sum::text, account.held::text
       from (select coalesce(sum(amount), 0) from bank.holds
              where debit_account_id = account.id and holds.status = 'active') as unmarked (sum)
      where account.held <> unmarked.sum
     union all
     select 'account_limit', 'at least ' || least(-overdraft_limit, permitted_floor),
            account.balance::text
      where account.balance < least(-overdraft_limit, permitted_floor)
   ) as violation (rule, expected, found)
   where account.id = p_account_id
$$;
