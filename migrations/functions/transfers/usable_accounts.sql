-- Guarantees: returns one row, with the currency of the debited account, if the actor may use these
-- accounts in a transfer or a hold. Otherwise it returns none. Both must be customer accounts
-- (internal accounts move only by credit and debit), and the actor must own the debited one or be
-- an admin. A table function with a limit, so that a query over many orders looks up two rows for
-- each, whatever its plan.
create or replace function bank_internal.usable_accounts(
  p_actor bank.actor, p_debit_account_id uuid, p_credit_account_id uuid
) returns table (currency text)
  language sql stable
as $$
  select debit.currency::text from bank.accounts as debit, bank.accounts as credit
   where debit.id = p_debit_account_id and debit.kind = 'customer'
     and bank_internal.may_see_customer(p_actor, debit.customer_id)
     and credit.id = p_credit_account_id and credit.kind = 'customer'
   limit 1
$$;
