-- Guarantees: the breaks of rule 4: all balances of a currency, internal accounts included, sum to zero.
create or replace function bank_internal.violations_of_currencies()
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  with internal as (
    select account_id, sum(amount) as balance from bank.entries where account_version is null group by account_id
  )
  select 'currency_sum', 'currency ' || account.currency, null::uuid, '0',
         sum(coalesce(account.balance, internal.balance, 0))::text
    from bank.accounts as account left join internal on internal.account_id = account.id
   group by account.currency
  having sum(coalesce(account.balance, internal.balance, 0)) <> 0
  union all
  select 'entry_account', 'account', internal.account_id, 'an internal account', null
    from internal
   where not exists (select from bank.accounts where accounts.id = internal.account_id and kind = 'internal')
$$;
