-- Guarantees: returns the transfer to admins, to the owner of the debited account and, once money
-- has moved, to the owner of the credited account. The payee sees null in place of what only the
-- payer may see.
-- Raises: unauthenticated, not_found.
create or replace function bank.get_transfer(p_actor bank.actor, p_transfer_id uuid)
  returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_transfer bank.transfers;
  v_is_payer boolean;
  v_is_payee boolean;
begin
  perform bank_internal.require_actor(p_actor);
  select * into v_transfer from bank.transfers where id = p_transfer_id;
  v_is_payer := exists (
    select from bank.accounts
     where id = v_transfer.debit_account_id
       and bank_internal.may_see_customer(p_actor, customer_id));
  -- The payee does not see a decline, unless the bank was the payer.
  v_is_payee := (v_transfer.code is null or v_transfer.kind = 'credit') and exists (
    select from bank.accounts
     where id = v_transfer.credit_account_id
       and bank_internal.may_see_customer(p_actor, customer_id));
  if not coalesce(v_is_payer or v_is_payee, false) then
    perform bank_internal.refuse('not_found');
  end if;
  return bank_internal.answer(bank_internal.transfer_json(
    v_transfer, bank_internal.reversals_of(p_transfer_id), v_is_payer)::json);
end
$$;

grant execute on function bank.get_transfer to bank_api;
