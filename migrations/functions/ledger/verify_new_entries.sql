-- Guarantees: verifies at most p_limit entries that no run has verified yet, and their transfers, against the point
-- verified last in each account, and moves the points on where all of it holds. A break keeps its account's point, so
-- every later run reports it again. The position goes through the accounts, null at the end. For the cron.
create or replace function bank.verify_new_entries(p_position text default null, p_limit bigint default 20000)
  returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_violations jsonb;
  v_checked bigint;
  v_next text;
begin
  with read as materialized (
    select * from bank_internal.new_entries(p_position::uuid, p_limit)
  ), broken as materialized (
    select read.account_id, 'entry_chain' as rule, 'entry' as subject, read.id,
           format('version %s, balance %s, hash %s, in order', next_version, next_balance, encode(next_hash, 'hex'))
             as expected,
           format('version %s, balance %s, hash %s, %s', account_version, balance_after, encode(hash, 'hex'),
             case when is_ordered then 'in order' else 'out of order' end) as found
      from read
     where read.id is not null and (next_version, next_balance, next_hash, true)
           is distinct from (account_version, balance_after, hash, is_ordered)
  ), violations as materialized (
    select * from broken
    union all
    -- What stands on the account tells of a tail that was cut off or rewritten; a broken chain explains itself.
    select distinct read.account_id, 'account_head', 'account', read.account_id, account_head,
           coalesce(newest_entry, 'no entry')
      from read
     where account_head is distinct from newest_entry and account_id not in (select broken.account_id from broken)
    union all
    select read.account_id, 'transfer_entries', 'transfer', read.transfer_id, 'two entries, their sum 0',
           format('%s entries, their sum %s', legs.count, legs.sum)
      from read
     cross join lateral (
       select count(*), sum(amount) from bank.entries where entries.transfer_id = read.transfer_id) as legs
     where read.id is not null and (legs.count, legs.sum) is distinct from (2, 0)
  ), moved as (
    insert into bank.verified_accounts (account_id, version, balance, head_hash, verified_at)
    select distinct on (account_id) account_id, account_version, balance_after, hash, clock_timestamp()
      from read
     where account_id not in (select violations.account_id from violations)
     order by account_id, account_version desc
    on conflict (account_id) do update
       set version = excluded.version, balance = excluded.balance, head_hash = excluded.head_hash,
           verified_at = excluded.verified_at
  )
  select coalesce((select jsonb_agg(to_jsonb(violations) - 'account_id') from violations), '[]'), count(read.id),
         -- An account that was not read to its end is met again, unless its point could not move.
         case when count(*) >= p_limit then coalesce(
           max(read.account_id::text) filter (
             where account_is_done or account_id in (select violations.account_id from violations)),
           p_position, '00000000-0000-0000-0000-000000000000') end
    into v_violations, v_checked, v_next
    from read;
  return row(null, jsonb_build_object('checked', jsonb_build_object('entries', v_checked), 'violations', v_violations)
    ::text, false, '{}'::text[], v_next, 0, null)::bank.answer;
end
$$;

grant execute on function bank.verify_new_entries to bank_api;
