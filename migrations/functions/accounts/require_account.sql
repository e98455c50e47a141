-- Guarantees: the account exists and the actor may see it. Both failures look the same.
-- Raises: unauthenticated, not_found.
create or replace function bank_internal.require_account(p_actor bank.actor, p_account_id uuid)
  returns bank.accounts
  language plpgsql stable
as $$
declare
  v_account bank.accounts;
begin
  perform bank_internal.require_actor(p_actor);
  select * into v_account from bank.accounts where id = p_account_id;
  if v_account.id is null or not bank_internal.may_see_customer(p_actor, v_account.customer_id) then
    perform bank_internal.refuse('not_found');
  end if;
  return v_account;
end
$$;
