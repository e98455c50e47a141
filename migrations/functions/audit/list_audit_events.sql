-- Guarantees: returns a page of audit events, newest first. The most selective filter drives the
-- search, through an index in id order. A bound on the time becomes a bound on the id, widened by
-- the second by which the two may differ. It looks at no more than 5,000 events: if the other
-- filters match few of them, a page may be short and still have a next one. For admins.
-- Raises: unauthenticated, forbidden.
create or replace function bank.list_audit_events(
  p_actor bank.actor, p_actor_id uuid default null, p_action text default null,
  p_outcome text default null, p_target_id uuid default null, p_from timestamptz default null,
  p_to timestamptz default null, p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_least constant uuid := bank_internal.position_from(p_from);
  v_before constant uuid := bank_internal.position_before(p_position, p_to);
  v_events bank.audit_events[];
  v_scanned_to uuid;
begin
  perform bank_internal.require_admin(p_actor);
  -- Planned for each call, so that the planner sees which filters are null before it chooses an
  -- index.
  execute format(
    $query$
      select array_agg(event order by id desc)
        from (select event.*::bank.audit_events as event, id
                from (select * from (%s) as driven where id >= $1 and id < $2
                       order by id desc limit 5000) as event
               where ($3 is null or actor_id = $3) and ($4 is null or action = $4)
                 and ($5 is null or outcome = $5)
                 and ($6 is null or created_at >= $6) and ($7 is null or created_at < $7)
               order by id desc limit $8 + 1) as page
    $query$, bank_internal.audit_events_query(p_actor_id, p_action, p_outcome, p_target_id))
    into v_events using v_least, v_before, p_actor_id, p_action, p_outcome, p_from, p_to, p_limit;
  if coalesce(cardinality(v_events), 0) <= p_limit then
    execute format(
      'select id from (%s) as driven where id >= $1 and id < $2
        order by id desc offset 4999 limit 1',
      bank_internal.audit_events_query(p_actor_id, p_action, p_outcome, p_target_id))
      into v_scanned_to using v_least, v_before;
  end if;
  return (
    select bank_internal.page(
             array_agg(event.id::text order by event.id desc),
             array_agg(bank_internal.audit_event_json(event) order by event.id desc), p_limit,
             p_scanned_to => v_scanned_to::text)
      from unnest(v_events) as event);
end
$$;

grant execute on function bank.list_audit_events to bank_api;
