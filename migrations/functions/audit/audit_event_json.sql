-- Guarantees: returns an audit event in its JSON form.
create or replace function bank_internal.audit_event_json(p_event bank.audit_events) returns json
  language sql stable
as $$
  select json_build_object(
    'id', p_event.id, 'created_at', bank_internal.timestamp_text(p_event.created_at),
    'actor_id', p_event.actor_id, 'actor_role', p_event.actor_role, 'action', p_event.action,
    'outcome', p_event.outcome, 'code', p_event.code,
    'target_type', p_event.target_type, 'target_id', p_event.target_id,
    'request_id', p_event.request_id, 'ip', p_event.ip, 'detail', coalesce(p_event.detail, '{}'))
$$;
