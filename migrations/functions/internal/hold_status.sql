-- Guarantees: what the hold is at this instant: an active one whose time has come is expired.
create or replace function bank_internal.hold_status(p_hold bank.holds) returns text
  language sql stable
as $$
  select case when p_hold.status = 'active' and p_hold.expires_at <= clock_timestamp() then 'expired'
              else p_hold.status end
$$;
