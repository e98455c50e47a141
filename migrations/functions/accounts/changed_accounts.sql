-- Guarantees: every cache key that shows something of these accounts. Internal accounts are never cached.
create or replace function bank_internal.changed_accounts(p_account_ids uuid[]) returns text[]
  language sql stable
as $$
  select coalesce(array_agg(distinct key), '{}')
    from bank.accounts
   cross join lateral (values ('account:' || id), ('accounts:' || customer_id)) as keys (key)
   where id = any (p_account_ids) and kind = 'customer'
$$;
