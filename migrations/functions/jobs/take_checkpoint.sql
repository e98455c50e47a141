-- Guarantees: takes a new, unsettled checkpoint of the internal account if more than 1,000 entries
-- came after the last one. Its time is that of the 10,000th of them, or the start of this
-- transaction if that is earlier. Returns whether it took one.
-- Why the recorded id is enough: a transaction that writes an entry has its id before it reads the
-- clock, and this transaction gets its id after its start. So an entry that is not later than the
-- checkpoint was written by a transaction with a smaller id.
create or replace function bank_internal.take_checkpoint(p_account_id uuid) returns boolean
  language plpgsql volatile
as $$
declare
  v_last timestamptz := coalesce(
    (select max(counted_until) from bank.internal_balances where account_id = p_account_id),
    '-infinity');
  v_times timestamptz[];
begin
  v_times := array(
    select created_at
      from ((select created_at from bank.transfers
              where debit_account_id = p_account_id and debit_version is null and status = 'posted'
                and created_at > v_last
              order by created_at limit 10000)
            union all
            select credit.created_at
              from unnest('{transfer,credit,debit,capture,reversal}'::text[]) as wanted (kind)
             cross join lateral (
               select created_at from bank.transfers
                where credit_account_id = p_account_id and credit_version is null
                  and status = 'posted'
                  and kind = wanted.kind and created_at > v_last
                order by created_at limit 10000) as credit) as entry
     order by created_at limit 10000);
  if cardinality(v_times) <= 1000 or now() <= v_last then
    return false;
  end if;
  insert into bank.internal_balances (account_id, counted_until, settled_at_xid)
  values (p_account_id, least(v_times[10000], now()), pg_current_xact_id())
  on conflict do nothing;
  return true;
end
$$;
