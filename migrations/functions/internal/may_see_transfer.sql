-- Guarantees: true for an admin, for the owner of the debited account, and, once money has moved, for the owner of
-- the credited one: a decline is no business of the payee's. Never null, whatever the actor lacks.
create or replace function bank_internal.may_see_transfer(p_actor jsonb, p_transfer bank.transfers) returns boolean
  language sql stable
as $$
  select coalesce(p_actor ->> 'role' = 'admin' or p_actor ->> 'role' = 'customer' and exists (
    select from bank.accounts
     where customer_id = (p_actor ->> 'customer_id')::uuid
       and (id = p_transfer.debit_account_id or id = p_transfer.credit_account_id)
       and (id = p_transfer.debit_account_id or p_transfer.status = 'posted' or p_transfer.kind = 'credit')), false)
$$;
