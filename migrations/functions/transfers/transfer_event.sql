-- Guarantees: returns the audit event of a transfer as JSON, for the case that the table does not
-- take it. It has the id of the transfer, so it is stored once, however often it is delivered.
create or replace function bank_internal.transfer_event(
  p_actor bank.actor, p_transfer bank.transfers, p_action text, p_target_id uuid, p_detail jsonb
) returns jsonb
  language sql stable
as $$
  select jsonb_build_object(
    'id', p_transfer.id, 'created_at', bank_internal.timestamp_text(p_transfer.created_at),
    'actor_id', p_actor.user_id, 'actor_role', p_actor.role, 'action', p_action,
    'outcome', case when p_transfer.code is null then 'success' else 'failure' end,
    'code', p_transfer.code,
    'target_type', split_part(p_action, '.', 1), 'target_id', coalesce(p_target_id, p_transfer.id),
    'request_id', p_actor.request_id, 'ip', p_actor.ip,
    'detail', case when p_target_id is null then '{}'::jsonb
                   else p_detail || jsonb_build_object('transfer_id', p_transfer.id) end)
$$;
