-- Guarantees: returns the time of the next change of these accounts. It is the clock, read under
-- their locks, but always later than every earlier change, even if the clock was set back. So the
-- history of an account is in order. For an internal account, internal_account says what it must be
-- later than.
create or replace function bank_internal.time_after(p_debit bank.accounts, p_credit bank.accounts)
  returns timestamptz
  language sql volatile
as $$
  select greatest(clock_timestamp(), p_debit.updated_at + interval '1 microsecond',
                  p_credit.updated_at + interval '1 microsecond')
$$;
