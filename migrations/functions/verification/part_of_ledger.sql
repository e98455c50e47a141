-- Guarantees: runs one part of a full verification, as of one moment. Returns what was checked,
-- what breaks a rule, and the position of the next part, or null after the last. A part reads at
-- most p_limit rows of one kind, and their related rows by index. A checkpoint counts as 10,000
-- rows. A position is a kind, the last id that was read, and how far the part got within it.
-- Callers turn jit off, because compiling the plan takes longer than running it.
create or replace function bank_internal.part_of_ledger(
  p_position text, p_limit bigint, out checked jsonb, out violations jsonb, out next_position text
)
  language plpgsql stable
as $$
declare
  v_kind constant text := split_part(coalesce(p_position, 'accounts'), ' ', 1);
  v_after constant uuid := coalesce(
    nullif(split_part(p_position, ' ', 2), ''), '00000000-0000-0000-0000-000000000000');
  v_within constant text := nullif(split_part(p_position, ' ', 3), '');
begin
  case v_kind
    when 'accounts' then
      select part.checked, part.violations, coalesce('accounts ' || part.next_position, 'transfers')
        into checked, violations, next_position
        from bank_internal.part_of_accounts(v_after, v_within::bigint, p_limit) as part;
    when 'transfers' then
      with page as materialized (
        select id from bank.transfers where id > v_after order by id limit p_limit
      )
      select jsonb_build_object('transfers', count(*)),
             (select jsonb_agg(violation) from page
               cross join lateral bank_internal.violations_of_transfer(page.id) as violation),
             case when count(*) < p_limit then 'holds'
                  else 'transfers ' || (array_agg(id order by id desc))[1] end
        into checked, violations, next_position
        from page;
    when 'holds' then
      with page as materialized (
        select id from bank.holds where id > v_after order by id limit p_limit
      )
      select jsonb_build_object('holds', count(*)),
             (select jsonb_agg(violation) from page
               cross join lateral bank_internal.violations_of_hold(page.id) as violation),
             case when count(*) < p_limit then 'internal_balances'
                  else 'holds ' || (array_agg(id order by id desc))[1] end
        into checked, violations, next_position
        from page;
    when 'internal_balances' then
      with page as materialized (
        select account_id, counted_until from bank.internal_balances
         where (account_id, counted_until) > (v_after, coalesce(v_within::timestamptz, '-infinity'))
         order by account_id, counted_until
         limit greatest(p_limit / 10000, 1)
      )
      select jsonb_build_object('internal_balances', count(*)),
             (select jsonb_agg(violation) from page
               cross join lateral
                 bank_internal.violations_of_checkpoint(account_id, counted_until) as violation),
             (select concat_ws(' ', 'internal_balances', account_id,
                               bank_internal.timestamp_text(counted_until))
                from page order by account_id desc, counted_until desc limit 1)
        into checked, violations, next_position
        from page;
  end case;
  violations := coalesce(violations, '[]');
end
$$;
