-- Guarantees: says whether the actor may use these accounts in a transfer or a hold. Both must be customer accounts
-- (internal accounts move only by credit and debit), and the actor must own the debited one or be an admin.
create or replace function bank_internal.may_move(
  p_actor bank.actor, p_debit_account_id uuid, p_credit_account_id uuid
) returns boolean
  language plpgsql stable
as $$
begin
  return exists (
    select from bank.accounts as debit, bank.accounts as credit
     where debit.id = p_debit_account_id and debit.kind = 'customer'
       and (p_actor.role = 'admin' or debit.customer_id = p_actor.customer_id)
       and credit.id = p_credit_account_id and credit.kind = 'customer');
end
$$;
