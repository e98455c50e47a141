-- Guarantees: the breaks of rules 1 and 6 in at most p_limit transfers after p_after: a posted one has exactly its two
-- entries, of its time, which sum to zero, and the currency of both accounts, a declined one none, no entry is without a
-- transfer, and no key stands twice.
create or replace function bank_internal.violations_of_transfers(p_after uuid default null, p_limit bigint default null)
  returns table (rule text, subject text, id uuid, expected text, found text, checked bigint, last_id uuid)
  language sql stable
as $$
  with read as materialized (
    select * from bank.transfers where transfers.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000') order by id limit p_limit
  ), legs as (
    select transfer_id, count(*) as count, sum(amount) as sum,
           min(amount) as debit, min(account_id::text) filter (where amount < 0) as debited,
           max(amount) as credit, min(account_id::text) filter (where amount > 0) as credited,
           min(created_at) as first_at, max(created_at) as last_at
      from bank.entries
     where transfer_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
       -- The last part looks to the end of the entries, for those that have no transfer.
       and transfer_id <= (select case when count(*) = p_limit then (array_agg(read.id order by read.id desc))[1]
                                       else 'ffffffff-ffff-ffff-ffff-ffffffffffff' end from read)
     group by transfer_id
  )
  select 'transfer_entries', 'transfer', coalesce(read.id, legs.transfer_id),
         case read.status
              when 'posted' then format('%s from %s to %s at %s',
                amount, debit_account_id, credit_account_id, bank_internal.timestamp_text(created_at))
              when 'declined' then 'no entries' else 'no entries without a transfer' end,
         case when legs.count is null then 'no entries'
              else format('%s and %s from %s to %s by %s entries at %s and %s',
                debit, credit, debited, credited, legs.count,
                bank_internal.timestamp_text(first_at), bank_internal.timestamp_text(last_at)) end,
         null::bigint, null::uuid
    from read full join legs on legs.transfer_id = read.id
   where case read.status
         when 'posted' then (legs.count, sum, debit, credit, debited, credited, first_at, last_at) is distinct from
           (2, 0, -amount, amount::bigint, debit_account_id::text, credit_account_id::text, created_at, created_at)
         else legs.count is not null end
  union all
  select 'transfer_currency', 'transfer', read.id, debit.currency || ' to ' || credit.currency, read.currency, null, null
    from read
    join bank.accounts as debit on debit.id = read.debit_account_id
    join bank.accounts as credit on credit.id = read.credit_account_id
   where read.status = 'posted' and (debit.currency, credit.currency) <> (read.currency, read.currency)
  union all
  select 'idempotency_key', 'transfer', read.id, '1 transfer', '2 transfers', null, null
    from read
   where (select count(*) from bank.transfers as twin
           where twin.idempotency_scope = read.idempotency_scope
             and twin.idempotency_key = read.idempotency_key and twin.batch_index = read.batch_index) > 1
  union all
  (select null, null, null, null, null, (select count(*) from read), read.id from read order by read.id desc limit 1)
$$;
