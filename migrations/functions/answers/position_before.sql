-- Guarantees: returns the upper bound for the ids of a page in descending order: p_position, or the
-- highest id of all when it is null. p_to lowers the bound, but never below the id of a row made
-- before p_to: an id may be a second later than its row. There is no `null or` in it, because a
-- plan that serves both cases could not seek in an index.
create or replace function bank_internal.position_before(
  p_position text, p_to timestamptz default null
) returns uuid
  language sql stable
as $$
  select least(
    coalesce(p_position::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    case when p_to is not null
         then bank_internal.id_at(greatest('epoch', p_to + interval '1 second')) end)
$$;
