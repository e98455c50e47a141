-- Guarantees: recomputes every invariant of the ledger from its rows, as of one moment, and names what breaks one:
-- which rule, which row, what was expected and what was found. For operators and tests; the Worker goes in parts.
create or replace function bank.verify_ledger() returns jsonb
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with violations as materialized (
    select rule, subject, id, expected, found from bank_internal.violations_of_entries() where rule is not null
    union all
    select rule, subject, id, expected, found from bank_internal.violations_of_accounts() where rule is not null
    union all
    select rule, subject, id, expected, found from bank_internal.violations_of_transfers() where rule is not null
    union all
    select * from bank_internal.violations_of_links()
    union all
    select * from bank_internal.violations_of_currencies()
  )
  select jsonb_build_object(
    'ok', not exists (select from violations),
    'checked', jsonb_build_object(
      'accounts', (select count(*) from bank.accounts), 'entries', (select count(*) from bank.entries),
      'transfers', (select count(*) from bank.transfers), 'holds', (select count(*) from bank.holds)),
    'violations', coalesce((select jsonb_agg(violations) from violations), '[]'))
$$;

grant execute on function bank.verify_ledger to bank_api;
