-- Guarantees: what the account's holds that have expired, but that nobody has marked yet, still reserve on paper.
create or replace function bank_internal.expired_amount(p_account_id uuid) returns bigint
  language sql stable
as $$
  select coalesce(sum(amount), 0)::bigint from bank.holds
   where debit_account_id = p_account_id and status = 'active' and expires_at <= clock_timestamp()
$$;
