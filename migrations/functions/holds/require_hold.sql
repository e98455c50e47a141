-- Guarantees: the hold exists and the actor acts for its debited account; one answer for both failures. Reads it
-- without a lock: whoever decides on it takes the debited account's lock and reads it again.
-- Raises: not_found.
create or replace function bank_internal.require_hold(p_actor bank.actor, p_hold_id uuid) returns bank.holds
  language plpgsql stable
as $$
declare
  v_hold bank.holds;
begin
  select * into v_hold from bank.holds where id = p_hold_id;
  if v_hold.id is null or not bank_internal.may_move(
    p_actor, v_hold.debit_account_id, v_hold.credit_account_id)
  then
    perform bank_internal.refuse('not_found');
  end if;
  return v_hold;
end
$$;
