-- Guarantees: the status of each account's customer, in the order of p_account_ids.
create or replace function bank_internal.customer_statuses_of(p_account_ids uuid[]) returns text[]
  language sql stable
as $$
  select array(
    select customer.status
      from unnest(p_account_ids) with ordinality as asked (id, position)
      left join bank.accounts as account on account.id = asked.id
      left join bank.customers as customer on customer.id = account.customer_id
     order by asked.position)
$$;
