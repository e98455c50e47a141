-- Guarantees: recomputes every invariant of the ledger from its rows, as of one moment, and names what breaks one:
-- which rule, which row, what was expected and what was found. For operators and tests; the Worker verifies in parts.
create or replace function bank.verify_ledger() returns jsonb
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with violations as materialized (
    select * from bank_internal.check_entries()
    union all select * from bank_internal.check_accounts()
    union all select * from bank_internal.check_transfers()
    union all select * from bank_internal.check_reversals()
    union all select * from bank_internal.check_captures()
    union all select * from bank_internal.check_currencies()
  )
  select jsonb_build_object(
    'ok', not exists (select from violations),
    'checked', jsonb_build_object(
      'accounts', (select count(*) from bank.accounts),
      'transfers', (select count(*) from bank.transfers),
      'entries', (select count(*) from bank.entries),
      'holds', (select count(*) from bank.holds)),
    'violations', coalesce((select jsonb_agg(violations) from violations), '[]'))
$$;
