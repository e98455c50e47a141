-- Guarantees: the account's newest version with an entry at or before p_at, 0 when there is none, and for null. Versions run
-- without a gap in the order of time (invariant 3), so a binary search needs one index for both.
create or replace function bank_internal.version_at(p_account_id uuid, p_at timestamptz) returns bigint
  language plpgsql stable
as $$
declare
  v_low bigint := 0;
  v_high bigint;
  v_middle bigint;
begin
  if p_at is null then
    return 0;
  elsif p_at = 'infinity' then
    return coalesce((select version from bank.accounts where id = p_account_id), 0);
  end if;
  select coalesce(version, 0) into v_high from bank.accounts where id = p_account_id;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if (select created_at <= p_at from bank.entries
         where account_id = p_account_id and account_version = v_middle) then
      v_low := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  return v_low;
end
$$;
