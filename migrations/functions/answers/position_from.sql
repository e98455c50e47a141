-- Guarantees: an id that no row made at p_from or later is below, though its id may be a second older than the row; one
-- below all for null.
create or replace function bank_internal.position_from(p_from timestamptz) returns uuid
  language sql stable
as $$
  select case when p_from is null then '00000000-0000-0000-0000-000000000000'
              else bank_internal.id_at(greatest('epoch', p_from - interval '1 second')) end
$$;
