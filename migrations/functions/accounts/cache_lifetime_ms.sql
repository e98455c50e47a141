-- Guarantees: says how long an answer about these accounts stays true: until the next of their
-- holds expires, one hour at the most, or null when none of their holds is active. The Worker keeps
-- it no longer than body_lifetime_ms (src/cache/cache.ts). The result is a duration and not a time,
-- because the database's clock decides when a hold expires.
create or replace function bank_internal.cache_lifetime_ms(p_account_ids uuid[]) returns integer
  language plpgsql stable
as $$
declare
  -- A constant, because an index cannot be searched with a volatile function.
  v_now constant timestamptz := clock_timestamp();
begin
  return (
    select floor(extract(
             epoch from min(least(hold.expires_at - v_now, interval '1 hour'))) * 1000)::integer
      from unnest(p_account_ids) as account (id)
     cross join lateral (
       select expires_at from bank.holds
        where debit_account_id = account.id and status = 'active' and expires_at > v_now
        order by expires_at limit 1) as hold);
end
$$;
