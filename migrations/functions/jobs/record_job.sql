-- Guarantees: it is known when the clock's last run of the job ended without an error; check_readiness names the jobs for
-- which that is too long ago. For the cron, after each job.
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
