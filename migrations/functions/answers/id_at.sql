-- Guarantees: the least UUIDv7 of that millisecond: a bound for ids of rows that are bounded by time.
create or replace function bank_internal.id_at(p_at timestamptz) returns uuid
  language sql immutable parallel safe
as $$
  select encode(substring(int8send((extract(epoch from p_at) * 1000)::bigint) from 3) || '\x70008000000000000000', 'hex')::uuid
$$;
