-- Guarantees: returns the lowest UUIDv7 of that millisecond, so that a bound on time becomes a
-- bound on ids.
create or replace function bank_internal.id_at(p_at timestamptz) returns uuid
  language sql immutable parallel safe
as $$
  select encode(
    substring(int8send((extract(epoch from p_at) * 1000)::bigint) from 3)
      || '\x70008000000000000000', 'hex')::uuid
$$;
