-- Guarantees: computes the balance of the internal account's oldest unsettled checkpoint, if every
-- transaction has ended that was running when it was taken. Returns whether it settled one.
create or replace function bank_internal.settle_checkpoint(p_account_id uuid) returns boolean
  language plpgsql volatile
as $$
declare
  v_next bank.internal_balances;
  v_last bank.internal_balances;
begin
  select * into v_next from bank.internal_balances
   where account_id = p_account_id and balance is null order by counted_until limit 1;
  if not found or v_next.settled_at_xid > pg_snapshot_xmin(pg_current_snapshot()) then
    return false;
  end if;
  select * into v_last from bank.internal_balances
   where account_id = p_account_id and balance is not null order by counted_until desc limit 1;
  update bank.internal_balances
     set balance = coalesce(v_last.balance, 0) + bank_internal.internal_movement(
           p_account_id, coalesce(v_last.counted_until, '-infinity'), v_next.counted_until)
   where account_id = p_account_id and counted_until = v_next.counted_until;
  return true;
end
$$;
