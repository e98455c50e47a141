-- Guarantees: returns every cache key whose value shows something about these two accounts.
-- Internal accounts are never cached.
create or replace function bank_internal.cache_keys(p_debit bank.accounts, p_credit bank.accounts)
  returns text[]
  language sql stable
as $$
  select array_remove(array[
    case when p_debit.customer_id is not null then 'account:' || p_debit.id end,
    'accounts:' || p_debit.customer_id,
    case when p_credit.customer_id is not null then 'account:' || p_credit.id end,
    'accounts:' || nullif(p_credit.customer_id, p_debit.customer_id)
  ], null)
$$;
