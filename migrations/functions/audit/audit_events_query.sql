-- Guarantees: returns the text of a query for the audit events that match the most selective of
-- these filters. It reads them from one index, in id order. The event of a transfer has the id of
-- the transfer and is not in the index by target.
create or replace function bank_internal.audit_events_query(
  p_actor_id uuid, p_action text, p_outcome text, p_target_id uuid
) returns text
  language sql immutable
as $$
  select case
    when p_target_id is not null then format(
      'select * from bank.audit_events where target_id = %1$L and target_id <> id
       union all select * from bank.audit_events where id = %1$L and target_id = %1$L', p_target_id)
    when p_actor_id is not null
      then format('select * from bank.audit_events where actor_id = %L', p_actor_id)
    when p_action <> 'transfer.create' then format(
      $query$select * from bank.audit_events
              where action = %L and action <> 'transfer.create'$query$, p_action)
    when p_outcome = 'failure'
      then $query$select * from bank.audit_events where outcome = 'failure'$query$
    else 'select * from bank.audit_events'
  end
$$;
