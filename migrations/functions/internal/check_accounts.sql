-- Guarantees: the breaks of rules 2, 3 and 5 between the accounts after p_after up to p_up_to and their entries and
-- holds: the balance, the version, the head of the chain, what is held, the limit.
create or replace function bank_internal.check_accounts(p_after uuid default null, p_up_to uuid default null)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  with sums as (
    select account_id, sum(amount) as balance, count(*) as version
      from bank.entries
     where account_version is not null
       and (p_after is null or account_id > p_after) and (p_up_to is null or account_id <= p_up_to)
     group by account_id
  ), holds as (
    select debit_account_id as account_id, sum(amount) as held
      from bank.holds
     where status = 'active'
       and (p_after is null or debit_account_id > p_after) and (p_up_to is null or debit_account_id <= p_up_to)
     group by debit_account_id
  ), customer_accounts as (
    select * from bank.accounts
     where kind = 'customer'
       and (p_after is null or accounts.id > p_after) and (p_up_to is null or accounts.id <= p_up_to)
  )
  select broken.rule, 'account', coalesce(account.id, sums.account_id), broken.expected, broken.found
    from customer_accounts as account
    full join sums on sums.account_id = account.id
    left join holds on holds.account_id = account.id
    left join bank.entries as newest
      on newest.account_id = account.id and newest.account_version = account.version
   cross join lateral (values
     ('account_exists', 'an account', case when account.id is null then 'entries without it' else 'an account' end),
     ('account_balance', coalesce(sums.balance, 0)::text, account.balance::text),
     ('account_newest_balance', coalesce(newest.balance_after, 0)::text, account.balance::text),
     ('account_version', coalesce(sums.version, 0)::text, account.version::text),
     ('account_head_hash', encode(newest.hash, 'hex'), encode(account.head_hash, 'hex')),
     ('account_held', coalesce(holds.held, 0)::text, account.held::text),
     ('account_limit', 'at least ' || least(-account.overdraft_limit, account.permitted_floor),
       case when account.balance - account.held < least(-account.overdraft_limit, account.permitted_floor)
            then (account.balance - account.held)::text
            else 'at least ' || least(-account.overdraft_limit, account.permitted_floor) end)
   ) as broken (rule, expected, found)
   where broken.expected is distinct from broken.found
     and (account.id is not null or broken.rule = 'account_exists')
$$;
