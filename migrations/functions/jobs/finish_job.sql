-- Guarantees: records that the job has just finished.
create or replace function bank_internal.finish_job(p_name text) returns void
  language plpgsql volatile
as $$
begin
  insert into bank.jobs (name, succeeded_at) values (p_name, clock_timestamp())
  on conflict (name) do update set succeeded_at = excluded.succeeded_at;
end
$$;
