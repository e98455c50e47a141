-- Guarantees: verifies the next part of the ledger. The calls go through the whole ledger again and
-- again, one part per call. bank.jobs stores how far this round has come, and what it has checked
-- and found. A round that ends without a violation has succeeded. The next position in the answer
-- is null when the round has ended. For the cron job.
-- Locks: the row of the job, so that two calls never take the same part.
create or replace function bank.verify_next_part(p_limit bigint default 10000) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  v_job bank.jobs;
  v_part record;
begin
  insert into bank.jobs (name) values ('verify_ledger') on conflict do nothing;
  select * into strict v_job from bank.jobs where name = 'verify_ledger' for no key update;
  if v_job.position is null then
    v_job.facts := jsonb_build_object(
      'started_at', bank_internal.timestamp_text(clock_timestamp()),
      'checked', '{}'::jsonb, 'violations', 0);
  end if;
  v_part := bank_internal.part_of_ledger(v_job.position, p_limit);
  v_job.facts := v_job.facts || jsonb_build_object(
    'violations', (v_job.facts ->> 'violations')::bigint + jsonb_array_length(v_part.violations),
    'checked', (v_job.facts -> 'checked') || (
      select jsonb_object_agg(
               kind, coalesce((v_job.facts #>> array['checked', kind])::bigint, 0) + count::bigint)
        from jsonb_each_text(v_part.checked) as part (kind, count)));
  update bank.jobs
     set position = v_part.next_position, facts = v_job.facts,
         succeeded_at = case
           when v_part.next_position is null and (v_job.facts ->> 'violations')::bigint = 0
             then clock_timestamp() else succeeded_at end
   where name = 'verify_ledger';
  return row(
    null, jsonb_build_object('checked', v_part.checked, 'violations', v_part.violations)::text,
    false, '{}'::text[], v_part.next_position, 0, null)::bank.answer;
end
$$;

grant execute on function bank.verify_next_part to bank_api;
