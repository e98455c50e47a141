-- Guarantees: an answer, which shows that the database accepts calls. It names the limits that the
-- session did not start with, because a restore into a new cluster, or an existing role, loses them
-- silently. It names the jobs whose last run is too long ago, and says whether the bank is
-- read-only.
create or replace function bank.check_readiness() returns bank.answer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select bank_internal.answer(json_build_object(
    'limits', (
      select coalesce(json_agg(expected.name order by expected.name), '[]')
        from (values
         ('statement_timeout', '5000'), ('lock_timeout', '2000'),
         ('idle_in_transaction_session_timeout', '5000'),
          ('search_path', 'pg_catalog'), ('default_transaction_isolation', 'read committed')
        ) as expected (name, setting)
        -- reset_val is the value at the start of the session, whatever the session has set since.
        left join pg_settings as actual on actual.name = expected.name
       where replace(actual.reset_val, '"', '') is distinct from expected.setting),
    'late_jobs', (
      select coalesce(json_agg(name order by name), '[]') from bank.jobs
       where clock_timestamp() > ran_at + late_after),
    'is_read_only', exists (select from bank.read_only)))
$$;

grant execute on function bank.check_readiness to bank_api;
