-- Guarantees: returns a lower bound for the ids of all rows made at p_from or later: an id may be a
-- second earlier than its row. For null, the lowest id of all.
create or replace function bank_internal.position_from(p_from timestamptz) returns uuid
  language sql stable
as $$
  select case when p_from is null then '00000000-0000-0000-0000-000000000000'
              else bank_internal.id_at(greatest('epoch', p_from - interval '1 second')) end
$$;
