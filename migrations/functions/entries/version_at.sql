-- Guarantees: returns the newest version of the account that has an entry at or before p_at, or 0
-- when there is none. Versions have no gaps and follow the order of time (invariant 3), and no
-- entry is later than the account's last change. So a binary search needs one index for each side.
create or replace function bank_internal.version_at(p_account_id uuid, p_at timestamptz)
  returns bigint
  language plpgsql stable
as $$
declare
  v_account bank.accounts;
  v_low bigint := 0;
  v_high bigint;
  v_middle bigint;
begin
  select * into v_account from bank.accounts where id = p_account_id;
  v_high := case when p_at >= v_account.created_at then coalesce(v_account.version, 0) else 0 end;
  if p_at >= v_account.updated_at then
    return v_high;
  end if;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if p_at >= coalesce(
      (select created_at from bank.transfers
        where debit_account_id = p_account_id and debit_version = v_middle),
      (select created_at from bank.transfers
        where credit_account_id = p_account_id and credit_version = v_middle))
    then
      v_low := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  return v_low;
end
$$;
