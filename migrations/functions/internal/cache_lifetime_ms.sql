-- Guarantees: how long an answer about these accounts may be cached: until the next of their holds expires, null
-- when none is active. The clock that judges a hold is the database's, so the time is relative.
create or replace function bank_internal.cache_lifetime_ms(p_account_ids uuid[]) returns integer
  language sql stable
as $$
  select floor(extract(epoch from least(expires_at - clock_timestamp(), interval '1 hour')) * 1000)::integer
    from bank.holds
   where debit_account_id = any (p_account_ids) and status = 'active' and expires_at > clock_timestamp()
   order by expires_at
   limit 1
$$;
