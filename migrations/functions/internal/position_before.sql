-- Guarantees: the id that a page of a list in falling order of ids ends before: the given one, or one above all. Not
-- `null or`: a plan that serves both cases could not use the position to find its place in an index.
create or replace function bank_internal.position_before(p_position text) returns uuid
  language sql immutable
as $$
  select coalesce(p_position::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
$$;
