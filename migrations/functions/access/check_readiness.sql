-- Guarantees: an answer, which shows that the database takes calls.
create or replace function bank.check_readiness() returns bank.answer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select bank_internal.answer('{}')
$$;

grant execute on function bank.check_readiness to bank_api;
