-- Guarantees: what the account's holds reserve at that time. Reads only holds that expire after it, of which an account
-- has at most 1,000, and none that has expired, however many there are.
create or replace function bank_internal.held_at(p_account_id uuid, p_at timestamptz) returns bigint
  language sql stable
as $$
  select coalesce(sum(amount), 0)::bigint from bank.holds
   where debit_account_id = p_account_id and status = 'active' and expires_at > p_at
$$;
