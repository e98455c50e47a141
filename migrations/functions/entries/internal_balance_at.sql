-- Guarantees: returns the sum of an internal account's entries up to and including that time, or
-- null beyond the exact integers. It reads the newest settled checkpoint before that time and the
-- entries since.
create or replace function bank_internal.internal_balance_at(p_account_id uuid, p_at timestamptz)
  returns numeric
  language plpgsql stable
as $$
declare
  v_counted_until timestamptz := '-infinity';
  v_balance numeric := 0;
begin
  select counted_until, balance into v_counted_until, v_balance from bank.internal_balances
   where account_id = p_account_id and balance is not null and counted_until <= p_at
   order by counted_until desc limit 1;
  v_balance := coalesce(v_balance, 0)
    + bank_internal.internal_movement(p_account_id, coalesce(v_counted_until, '-infinity'), p_at);
  return case when abs(v_balance) <= 9007199254740991 then v_balance end;
end
$$;
