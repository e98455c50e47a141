-- Guarantees: true when the actor may name these accounts in a transfer or a hold: both are customers' accounts
-- (internal ones move only by credit and debit) and the debited one is the actor's own, or the actor is an admin.
create or replace function bank_internal.may_move(
  p_actor jsonb, p_debit_account_id uuid, p_credit_account_id uuid
) returns boolean
  language sql stable
as $$
  select exists (select from bank.accounts
                  where id = p_debit_account_id and kind = 'customer'
                    and bank_internal.may_see_customer(p_actor, customer_id))
     and exists (select from bank.accounts where id = p_credit_account_id and kind = 'customer')
$$;
