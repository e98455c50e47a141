-- Guarantees: returns the violations in the next histories, at most p_limit accounts and p_limit
-- entries, and where to continue: after which account and which version in it, or null at the end.
-- The account row itself is checked by the part that reads the end of its history.
create or replace function bank_internal.part_of_accounts(
  p_account_id uuid, p_version bigint, p_limit bigint,
  out checked jsonb, out violations jsonb, out next_position text
)
  language sql stable
as $$
  with history as materialized (
    select *
      from bank_internal.histories(p_account_id, p_version, p_limit, p_since_verified => false)
  ), violations as (
    select violation.* from history
     cross join lateral
       bank_internal.violations_of_history(account_id, from_version, until_version) as violation
    union all
    select violation.* from history
     cross join lateral bank_internal.violations_of_account(account_id) as violation
     where is_whole
  )
  select jsonb_build_object(
           'accounts', count(*) filter (where is_whole),
           'entries', coalesce(sum(greatest(until_version - from_version + 1, 0)), 0)),
         coalesce((select jsonb_agg(violations) from violations), '[]'),
         (select next_position from history order by account_id desc limit 1)
    from history
$$;
