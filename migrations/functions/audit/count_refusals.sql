-- Guarantees: returns the events to store now. Of the refusals of one caller, code and target in a
-- minute, only the first is among them. The others are counted in one row, each id once, and
-- flush_access_refusals makes one event from the row. So a caller who is refused a thousand times a
-- second fills no table. A refusal that arrives more than an hour late is stored as its own event,
-- because its id may already be forgotten. The edge marks the events that may be counted: those
-- that the database made are not.
-- Locks: the counts, in the order of their keys.
create or replace function bank_internal.count_refusals(p_events jsonb) returns jsonb
  language sql volatile
as $$
  with event as (
    select distinct on (id) id, item, position,
           item @> '{"may_be_counted": true}'
             and id >= bank_internal.id_at(clock_timestamp() - interval '1 hour') as is_counted
      from jsonb_array_elements(p_events) with ordinality as element (item, position)
     cross join lateral (values ((item ->> 'id')::uuid)) as named (id)
     order by id, position
  ), new as (
    insert into bank.counted_refusals (id) select id from event where is_counted order by id
    on conflict do nothing
    returning id
  ), refusal as (
    select coalesce(item ->> 'actor_id', '00000000-0000-0000-0000-000000000000')::uuid as actor_id,
           item ->> 'code' as code,
           coalesce(item ->> 'target_type', '') as target_type,
           coalesce(item ->> 'target_id', '00000000-0000-0000-0000-000000000000')::uuid
             as target_id,
           date_trunc('minute', (item ->> 'created_at')::timestamptz) as minute,
           min(item ->> 'actor_role') as actor_role, count(*)::integer as count,
           (array_agg(item order by id))[1] as first
      from event join new using (id)
     group by 1, 2, 3, 4, 5
  ), counted as (
    insert into bank.access_refusals as known (
      actor_id, code, target_type, target_id, minute, actor_role, count)
    select actor_id, code, target_type, target_id, minute, actor_role, count
      from refusal
     order by 1, 2, 3, 4, 5
    on conflict (actor_id, code, target_type, target_id, minute)
    do update set count = known.count + excluded.count
    returning *
  )
  select coalesce(jsonb_agg(stored.item), '[]')
    from (select item from event where not is_counted
          union all
          select first from refusal
            join counted using (actor_id, code, target_type, target_id, minute)
           where counted.count = refusal.count) as stored
$$;
