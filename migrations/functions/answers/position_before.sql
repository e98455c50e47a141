-- Guarantees: the id that a page of a list in falling order of ids ends before: the given one, or one above all,
-- and none of a row made at p_to or later, whose id may be a second younger than the row. Not `null or`: a plan
-- that serves both cases could not use the position to find its place in an index.
create or replace function bank_internal.position_before(p_position text, p_to timestamptz default null) returns uuid
  language sql stable
as $$
  select least(
    coalesce(p_position::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    case when p_to is not null then bank_internal.id_at(greatest('epoch', p_to + interval '1 second')) end)
$$;
