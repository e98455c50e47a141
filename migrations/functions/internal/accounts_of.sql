-- Guarantees: the accounts in the order of p_account_ids, null where there is none.
create or replace function bank_internal.accounts_of(p_account_ids uuid[]) returns bank.accounts[]
  language sql stable
as $$
  select array(
    select account
      from unnest(p_account_ids) with ordinality as asked (id, position)
      left join bank.accounts as account on account.id = asked.id
     order by asked.position)
$$;
