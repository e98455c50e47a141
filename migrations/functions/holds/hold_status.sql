-- Guarantees: returns the status of the hold at that time. An active hold is expired from
-- expires_at on, whether or not it is marked.
create or replace function bank_internal.hold_status(
  p_hold bank.holds, p_at timestamptz default clock_timestamp()
) returns text
  language sql stable
as $$
  select case when p_hold.status = 'active' and p_hold.expires_at <= p_at then 'expired'
              else p_hold.status end
$$;
