-- Guarantees: an answer, which shows that the database takes calls, and the names of the limits that the session
-- did not begin with: a restore into a new cluster, or a role that was there before, loses them without a word.
create or replace function bank.check_readiness() returns bank.answer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select bank_internal.answer(json_build_object(
           'limits', coalesce(json_agg(expected.name order by expected.name), '[]')))
    from (values
      ('statement_timeout', '5000'), ('lock_timeout', '2000'), ('idle_in_transaction_session_timeout', '5000'),
      ('search_path', 'pg_catalog'), ('default_transaction_isolation', 'read committed')
    ) as expected (name, setting)
    -- reset_val is what the session began with, whatever it has set since.
    left join pg_settings as actual on actual.name = expected.name
   where replace(actual.reset_val, '"', '') is distinct from expected.setting
$$;

grant execute on function bank.check_readiness to bank_api;
