-- Guarantees: for refusals of one caller, code and target that were counted in a past minute, one
-- audit event says how many came after the first, and the count is deleted. A call handles at most
-- 500 counts and skips locked ones. It also deletes at most 10,000 old ids of counted refusals. It
-- answers how many counts and ids it has handled together. For the cron job.
create or replace function bank.flush_access_refusals() returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_refusals bank.access_refusals[];
  v_events jsonb[];
  v_forgotten integer;
begin
  with past as (
    select actor_id, code, target_type, target_id, minute from bank.access_refusals
     where minute < date_trunc('minute', clock_timestamp()) limit 500 for update skip locked
  ), gone as (
    delete from bank.access_refusals as refusal using past
     where (refusal.actor_id, refusal.code, refusal.target_type, refusal.target_id, refusal.minute)
         = (past.actor_id, past.code, past.target_type, past.target_id, past.minute)
    returning refusal.*
  )
  select array_agg(gone) into v_refusals from gone;
  v_events := array(
    select bank_internal.audit_event(
             row(nullif(actor_id, '00000000-0000-0000-0000-000000000000'), actor_role,
                 null, null, null)::bank.actor,
             'access.refuse', code, nullif(target_type, ''),
             nullif(target_id, '00000000-0000-0000-0000-000000000000'),
             jsonb_build_object('repeated', count - 1))
      from unnest(v_refusals) where count > 1);
  -- With these ids count_refusals recognises a message that is delivered twice. It looks an hour
  -- back.
  delete from bank.counted_refusals where id in (
    select id from bank.counted_refusals
     where id < bank_internal.id_at(clock_timestamp() - interval '2 hours')
     order by id limit 10000);
  get diagnostics v_forgotten = row_count;
  perform bank_internal.finish_job('flush_access_refusals');
  return bank_internal.answer(
    json_build_object('flushed', coalesce(cardinality(v_refusals), 0) + v_forgotten), '{}', null,
    case when v_events <> '{}' then bank_internal.audit(variadic v_events) end);
end
$$;

grant execute on function bank.flush_access_refusals to bank_api;
