-- Guarantees: recomputes every invariant of the ledger from its rows, as of one moment, and names
-- each violation: the rule, the row, what was expected and what was found. For operators and tests.
-- The Worker verifies in parts.
create or replace function bank.verify_ledger() returns jsonb
  language sql stable security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
  with violations as materialized (
    select violation.* from bank.accounts as account
     cross join lateral
       bank_internal.violations_of_history(account.id, 1, account.version) as violation
    union all
    select violation.* from bank.accounts as account
     cross join lateral bank_internal.violations_of_account(account.id) as violation
    union all
    select violation.* from bank.transfers as transfer
     cross join lateral bank_internal.violations_of_transfer(transfer.id) as violation
    union all
    select violation.* from bank.holds as hold
     cross join lateral bank_internal.violations_of_hold(hold.id) as violation
    union all
    select violation.* from bank.internal_balances as checkpoint
     cross join lateral bank_internal.violations_of_checkpoint(
       checkpoint.account_id, counted_until) as violation
    union all
    select * from bank_internal.violations_of_currencies()
  )
  select jsonb_build_object(
    'ok', not exists (select from violations),
    'checked', jsonb_build_object(
      'accounts', (select count(*) from bank.accounts),
      'entries', (select count(*) from bank.entries where account_version is not null),
      'transfers', (select count(*) from bank.transfers),
      'holds', (select count(*) from bank.holds),
      'internal_balances', (select count(*) from bank.internal_balances)),
    'violations', coalesce((select jsonb_agg(violations) from violations), '[]'))
$$;

grant execute on function bank.verify_ledger to bank_api;
