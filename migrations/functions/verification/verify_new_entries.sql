-- Guarantees: verifies every account that differs from its last verified point, even one that was
-- set back. It checks the entries since that point, their transfers, and the account itself. If
-- there is no violation, the verified point moves forward. If there is one, the point stays, so
-- every later run reports it again. A call reads at most p_limit accounts and p_limit entries. The
-- position walks through the accounts and is null at the end. For the cron job.
-- Locks: the verified points, in id order.
create or replace function bank.verify_new_entries(
  p_position text default null, p_limit bigint default 10000
) returns bank.answer
  language sql volatile security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
  with history as materialized (
    select * from bank_internal.histories(
      coalesce(split_part(p_position, ' ', 1), '00000000-0000-0000-0000-000000000000')::uuid,
      nullif(split_part(p_position, ' ', 2), '')::bigint, p_limit, p_since_verified => true)
  ), news as materialized (
    select * from history where is_changed
  ), violations as materialized (
    select account_id, violation.* from news
     cross join lateral
       bank_internal.violations_of_history(account_id, from_version, until_version) as violation
    union all
    select account_id, violation.* from news
     cross join lateral bank_internal.violations_of_account(account_id) as violation
     where is_whole
    union all
    -- A transfer is checked with the account that it debits, or with the other account when the
    -- debited one has no version.
    select account_id, violation.* from news
      join bank.transfers as transfer
        on debit_account_id = account_id and debit_version between from_version and until_version
     cross join lateral bank_internal.violations_of_transfer(transfer.id) as violation
    union all
    select account_id, violation.* from news
      join bank.transfers as transfer
        on credit_account_id = account_id and credit_version between from_version and until_version
     cross join lateral bank_internal.violations_of_transfer(transfer.id) as violation
     where debit_version is null
  ), moved as (
    insert into bank.verified_accounts (account_id, version, balance, held, head_hash, verified_at)
    select account.id, until_version, coalesce(entry.balance_after, 0), account.held, entry.hash,
           clock_timestamp()
      from news
      join bank.accounts as account on account.id = news.account_id and account.kind = 'customer'
      left join bank.entries as entry
        on entry.account_id = news.account_id and entry.account_version = until_version
     where from_version - 1 = verified_version
       and not exists (select from violations where violations.account_id = news.account_id)
     order by account.id
    on conflict (account_id) do update
       set version = excluded.version, balance = excluded.balance, held = excluded.held,
           head_hash = excluded.head_hash, verified_at = excluded.verified_at
  )
  select row(null,
    jsonb_build_object(
      'checked', (
        select jsonb_build_object(
                 'accounts', count(*) filter (where is_whole),
                 'entries', coalesce(sum(greatest(until_version - from_version + 1, 0)), 0))
          from news),
      'violations', coalesce(
        (select jsonb_agg(to_jsonb(violations) - 'account_id') from violations), '[]'))::text,
    false, '{}'::text[], (select next_position from history order by account_id desc limit 1),
    0, null)::bank.answer
$$;

grant execute on function bank.verify_new_entries to bank_api;
