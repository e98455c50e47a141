-- Guarantees: the items of a batch in their order, with the positions of their accounts in p_account_ids. An item that
-- the actor may not ask for has no positions.
create or replace function bank_internal.batch_items(p_actor jsonb, p_transfers jsonb, p_account_ids uuid[])
  returns table (
    batch_index integer, debit integer, credit integer, debit_account_id uuid, credit_account_id uuid,
    amount bigint, currency text, description text, metadata jsonb)
  language sql stable
as $$
  with accounts as materialized (
    select account.id, asked.position::integer, bank_internal.may_see_customer(p_actor, customer_id) as is_own
      from unnest(p_account_ids) with ordinality as asked (id, position)
      join bank.accounts as account on account.id = asked.id
     where account.kind = 'customer'
  )
  select (item.index - 1)::integer,
         case when credit.id is not null then debit.position end,
         case when debit.id is not null then credit.position end,
         (item.value ->> 'debit_account_id')::uuid, (item.value ->> 'credit_account_id')::uuid,
         (item.value ->> 'amount')::bigint, item.value ->> 'currency', item.value ->> 'description',
         coalesce(nullif(item.value -> 'metadata', 'null'), '{}')
    from jsonb_array_elements(p_transfers) with ordinality as item (value, index)
    left join accounts as debit on debit.id = (item.value ->> 'debit_account_id')::uuid and debit.is_own
    left join accounts as credit on credit.id = (item.value ->> 'credit_account_id')::uuid
   order by item.index
$$;
