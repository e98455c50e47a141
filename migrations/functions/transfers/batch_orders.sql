-- Guarantees: returns the items of a batch as orders, in their order. An item is permitted when both accounts are
-- customer accounts and the actor owns the debited one or is an admin.
create or replace function bank_internal.batch_orders(
  p_actor bank.actor, p_idempotency_key bank.idempotency_key, p_transfers jsonb
) returns bank_internal.transfer_order[]
  language plpgsql stable
as $$
begin
  -- One-row lookups, so that no plan reads all accounts for a few items.
  return array(
    select row(
             p_actor, p_idempotency_key, item.position - 1, null, item.debit_account_id, item.credit_account_id,
             item.amount, coalesce(item.currency, debit.currency), item.description, coalesce(item.metadata, '{}'),
             credit.id is not null and debit.id is not null
               and bank_internal.may_see_customer(p_actor, debit.customer_id)
           )::bank_internal.transfer_order
      from rows from (jsonb_to_recordset(p_transfers) as (
             debit_account_id uuid, credit_account_id uuid, amount bigint, currency text, description text,
             metadata jsonb)) with ordinality
             as item (debit_account_id, credit_account_id, amount, currency, description, metadata, position)
      left join lateral (
        select id, customer_id, currency from bank.accounts
         where id = item.debit_account_id and kind = 'customer' limit 1) as debit on true
      left join lateral (
        select id from bank.accounts where id = item.credit_account_id and kind = 'customer' limit 1) as credit on true
     order by item.position);
end
$$;
