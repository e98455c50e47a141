-- Guarantees: returns how much the account's holds reserve at that time. It reads only the holds
-- that expire later, at most 1,000. However many have expired, it reads none of them.
create or replace function bank_internal.held_at(p_account_id uuid, p_at timestamptz) returns bigint
  language sql stable
as $$
  select coalesce(sum(amount), 0)::bigint from bank.holds
   where debit_account_id = p_account_id and status = 'active' and expires_at > p_at
$$;
