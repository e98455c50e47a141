-- Guarantees: the hold exists and the actor may debit its account. Both failures look the same. It
-- reads the hold without a lock: to decide anything, the caller must lock the debited account and
-- read the hold again.
-- Raises: not_found.
create or replace function bank_internal.require_hold(p_actor bank.actor, p_hold_id uuid)
  returns bank.holds
  language plpgsql stable
as $$
declare
  v_hold bank.holds;
begin
  select * into v_hold from bank.holds where id = p_hold_id;
  if not exists (
    select from bank_internal.usable_accounts(
      p_actor, v_hold.debit_account_id, v_hold.credit_account_id))
  then
    perform bank_internal.refuse('not_found');
  end if;
  return v_hold;
end
$$;
