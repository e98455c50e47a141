-- Guarantees: returns a UUIDv7 (RFC 9562) for about that time. PostgreSQL 18 makes it natively, and
-- the ids of one session ascend. Before that it has 48 bits of milliseconds, 12 bits of their
-- fraction and 62 random bits. The time in the id differs from p_at by less than a second, even
-- when p_at is long past or the clock was set back. So a bound on time becomes a bound on ids.

do $choose$
begin
  if current_setting('server_version_num')::integer >= 180000 then
    create or replace function bank_internal.new_id(p_at timestamptz) returns uuid
      language sql volatile
    as $$
      select case when p_at between clock_timestamp() - interval '500 ms'
                                and clock_timestamp() + interval '500 ms'
                  then uuidv7() else uuidv7(p_at - clock_timestamp()) end
    $$;
  else
    create or replace function bank_internal.new_id(p_at timestamptz) returns uuid
      language sql volatile
    as $$
      select encode(
        substring(int8send(micros / 1000) from 3)
        || int2send((x'7000'::integer | (micros % 1000 * 4096 / 1000)::integer)::smallint)
        || set_byte(random_tail, 0, 128 | (get_byte(random_tail, 0) & 63)), 'hex')::uuid
      from (select (extract(epoch from p_at) * 1000000)::bigint as micros,
                   substring(uuid_send(gen_random_uuid()) from 9) as random_tail) as now
    $$;
  end if;
end
$choose$;
