-- Guarantees: within a minute, the first refusal of one caller, code and target is stored as an
-- audit event at once. The others are counted in one row, which flush_access_refusals turns into an
-- event. If they cannot be counted, each one is stored as an event. The caller may be unknown, so
-- the actor is not checked.
create or replace function bank.record_access_refusal(
  p_actor bank.actor, p_code text, p_target_type text default null, p_target_id uuid default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  set lock_timeout = '1s'
as $$
declare
  v_nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  v_count integer := 1;
begin
  begin
    insert into bank.access_refusals as refusal (
      actor_id, actor_role, code, target_type, target_id, minute)
    values (coalesce(p_actor.user_id, v_nobody), p_actor.role, p_code, coalesce(p_target_type, ''),
            coalesce(p_target_id, v_nobody), date_trunc('minute', clock_timestamp()))
    on conflict (actor_id, code, target_type, target_id, minute)
    do update set count = refusal.count + 1
    returning count into v_count;
  exception
    -- "others" leaves out a cancelled query and a failed assertion, so both are named.
    when others or query_canceled or assert_failure then
      v_count := 1;
  end;
  return bank_internal.answer(null, p_unstored_audit_events => case when v_count = 1 then
    bank_internal.audit(bank_internal.audit_event(
      p_actor, 'access.refuse', p_code, p_target_type, p_target_id)) end);
end
$$;

grant execute on function bank.record_access_refusal to bank_api;
