-- Guarantees: returns the currencies whose balances, internal accounts included, do not sum to
-- zero. It reads all accounts and all entries of internal accounts as of one moment, so it cannot
-- run in parts. The rules that do run in parts imply it.
create or replace function bank_internal.violations_of_currencies()
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select 'currency_sum', 'currency ' || account.currency, null::uuid, '0',
         sum(coalesce(account.balance, internal.balance, 0))::text
    from bank.accounts as account
    left join (
      select account_id, sum(amount) as balance
        from bank.entries where account_version is null group by account_id
    ) as internal on internal.account_id = account.id
   group by account.currency
  having sum(coalesce(account.balance, internal.balance, 0)) <> 0
$$;
