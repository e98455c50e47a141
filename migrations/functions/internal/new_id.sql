-- Guarantees: a UUIDv7 (RFC 9562), native on PostgreSQL 18, else 48 bits of milliseconds, 12 bits of their
-- fraction and 62 random bits, so that ids of one session go up.

do $choose$
begin
  if current_setting('server_version_num')::integer >= 180000 then
    create or replace function bank_internal.new_id() returns uuid
      language sql volatile set search_path = pg_catalog, pg_temp
    as 'select pg_catalog.uuidv7()';
  else
    create or replace function bank_internal.new_id() returns uuid
      language sql volatile set search_path = pg_catalog, pg_temp
    as $$
      select encode(
        substring(int8send(micros / 1000) from 3)
        || int2send((x'7000'::integer | (micros % 1000 * 4096 / 1000)::integer)::smallint)
        || set_byte(random_tail, 0, 128 | (get_byte(random_tail, 0) & 63)), 'hex')::uuid
      from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros,
                   substring(uuid_send(gen_random_uuid()) from 9) as random_tail) as now
    $$;
  end if;
end
$choose$;
