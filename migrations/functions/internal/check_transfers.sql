-- Guarantees: the breaks of rules 1 and 6 in the transfers after p_after up to p_up_to: a posted one has exactly its
-- two entries, a declined one none, no entry is without its transfer, and no key stands twice.
create or replace function bank_internal.check_transfers(p_after uuid default null, p_up_to uuid default null)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  with legs as (
    select transfer_id, sum(amount) as sum, count(*) as count,
           array_agg(account_id || ' ' || amount order by amount) as moved
      from bank.entries
     where (p_after is null or transfer_id > p_after) and (p_up_to is null or transfer_id <= p_up_to)
     group by transfer_id
  ), asked as (
    select * from bank.transfers
     where (p_after is null or transfers.id > p_after) and (p_up_to is null or transfers.id <= p_up_to)
  )
  select 'transfer_entries', 'transfer', coalesce(asked.id, legs.transfer_id),
         case when asked.status = 'posted' then array_to_string(array[
                asked.debit_account_id || ' ' || -asked.amount, asked.credit_account_id || ' ' || asked.amount], ', ')
              else 'no entries' end,
         coalesce(array_to_string(legs.moved, ', '), 'no entries')
    from asked full join legs on legs.transfer_id = asked.id
   where (asked.status = 'posted' and legs.moved is distinct from array[
           asked.debit_account_id || ' ' || -asked.amount, asked.credit_account_id || ' ' || asked.amount])
      or (asked.status is distinct from 'posted' and legs.transfer_id is not null)
  union all
  select 'idempotency_key', 'transfer', (array_agg(asked.id))[2], '1 transfer', count(*) || ' transfers'
    from asked
   group by idempotency_scope, idempotency_key, batch_index
  having count(*) > 1
$$;
