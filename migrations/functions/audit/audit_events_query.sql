-- Guarantees: the text of a query for the audit events that the most selective of these filters leaves, from one index
-- in the order of ids. The event of a transfer has the transfer's id, and the index by target does not hold it.
create or replace function bank_internal.audit_events_query(
  p_actor_id uuid, p_action text, p_outcome text, p_target_id uuid
) returns text
  language sql immutable
as $$
  select case
    when p_target_id is not null then format(
      'select * from bank.audit_events where target_id = %1$L and target_id <> id
       union all select * from bank.audit_events where id = %1$L and target_id = %1$L', p_target_id)
    when p_actor_id is not null then format('select * from bank.audit_events where actor_id = %L', p_actor_id)
    when p_action <> 'transfer.create' then format(
      $query$select * from bank.audit_events where action = %L and action <> 'transfer.create'$query$, p_action)
    when p_outcome = 'failure' then $query$select * from bank.audit_events where outcome = 'failure'$query$
    else 'select * from bank.audit_events'
  end
$$;
