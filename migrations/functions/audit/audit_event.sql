-- Guarantees: returns one audit event as JSON. It is complete but not stored. Its time is that of
-- the clock, not of the transaction. An event of the system has no actor.
create or replace function bank_internal.audit_event(
  p_actor bank.actor, p_action text, p_code text, p_target_type text, p_target_id uuid,
  p_detail jsonb default '{}'
) returns jsonb
  language sql volatile
as $$
  select jsonb_build_object(
    'id', bank_internal.new_id(clock_timestamp()),
    'created_at', bank_internal.timestamp_text(clock_timestamp()),
    'actor_id', p_actor.user_id, 'actor_role', p_actor.role, 'action', p_action,
    'outcome', case when p_code is null then 'success' else 'failure' end, 'code', p_code,
    'target_type', p_target_type, 'target_id', p_target_id,
    'request_id', p_actor.request_id, 'ip', p_actor.ip, 'detail', p_detail)
$$;
