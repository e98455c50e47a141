-- Guarantees: says whether the account has reached the limit of 1,000 holds that are active or that
-- have expired and are not marked yet.
create or replace function bank_internal.has_too_many_holds(p_account_id uuid) returns boolean
  language sql stable
as $$
  select count(*) >= 1000
    from (select from bank.holds
           where debit_account_id = p_account_id and status = 'active' limit 1000) as unmarked
$$;
