-- Guarantees: how long an answer about these accounts may be cached: until the next of their holds expires, null
-- when none is active. The clock that judges a hold is the database's, so the time is relative.
create or replace function bank_internal.cache_lifetime_ms(p_account_ids uuid[]) returns integer
  language plpgsql stable
as $$
declare
  -- A parameter, because no index is searched for a time that may change while it is searched.
  v_now constant timestamptz := clock_timestamp();
begin
  return (
    select floor(extract(epoch from min(least(hold.expires_at - v_now, interval '1 hour'))) * 1000)::integer
      from unnest(p_account_ids) as account (id)
     cross join lateral (
       select expires_at from bank.holds
        where debit_account_id = account.id and status = 'active' and expires_at > v_now
        order by expires_at limit 1) as hold);
end
$$;
