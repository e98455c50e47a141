-- Guarantees: records when the last cron run of the job ended without an error. check_readiness
-- names the jobs whose last run is too long ago. Called by the cron handler after each job.
create or replace function bank.record_job(p_name text) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into bank.jobs (name, ran_at) values (p_name, clock_timestamp())
  on conflict (name) do update set ran_at = excluded.ran_at;
  return bank_internal.answer('{}');
end
$$;

grant execute on function bank.record_job to bank_api;
