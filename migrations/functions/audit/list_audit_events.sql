-- Guarantees: a page of audit events, newest first. For admins.
-- Raises: forbidden.
create or replace function bank.list_audit_events(
  p_actor jsonb, p_actor_id uuid default null, p_action text default null, p_outcome text default null,
  p_target_id uuid default null, p_from timestamptz default null, p_to timestamptz default null,
  p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_admin(p_actor);
  return (
    select bank_internal.page(
             array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
      from (select event.id, bank_internal.audit_event_json(event) as item
              from bank.audit_events as event
             where id < bank_internal.position_before(p_position)
               and (p_actor_id is null or actor_id = p_actor_id)
               and (p_action is null or action = p_action)
               and (p_outcome is null or outcome = p_outcome)
               and (p_target_id is null or target_id = p_target_id)
               and (p_from is null or created_at >= p_from)
               and (p_to is null or created_at < p_to)
             order by id desc
             limit p_limit + 1) as page);
end
$$;

grant execute on function bank.list_audit_events to bank_api;
