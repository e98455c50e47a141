-- Guarantees: the time of what happens to these accounts next: the clock, read under their locks, and later than all that
-- happened to them before, whatever the clock did. So the history of an account is in order.
create or replace function bank_internal.time_after(p_debit bank.accounts, p_credit bank.accounts) returns timestamptz
  language sql volatile
as $$
  select greatest(clock_timestamp(), p_debit.updated_at + interval '1 microsecond',
                  p_credit.updated_at + interval '1 microsecond')
$$;
