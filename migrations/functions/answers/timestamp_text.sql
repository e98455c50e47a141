-- Guarantees: RFC 3339 in UTC with microseconds. Every time in the API has this form.
create or replace function bank_internal.timestamp_text(p_at timestamptz) returns text
  language sql stable parallel safe
as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
