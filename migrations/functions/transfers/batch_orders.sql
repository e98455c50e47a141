-- Guarantees: returns the items of a batch as orders, in their order. An item is permitted when the
-- actor may use its accounts. An item without a currency gets that of the debited account.
create or replace function bank_internal.batch_orders(
  p_actor bank.actor, p_idempotency_key bank.idempotency_key, p_transfers jsonb
) returns bank_internal.transfer_order[]
  language plpgsql stable
as $$
begin
  return array(
    select row(
             p_actor, p_idempotency_key, item.position - 1, null, item.debit_account_id,
             item.credit_account_id, item.amount, coalesce(item.currency, usable.currency),
             item.description, coalesce(item.metadata, '{}'),
             usable.currency is not null
           )::bank_internal.transfer_order
      from rows from (jsonb_to_recordset(p_transfers) as (
             debit_account_id uuid, credit_account_id uuid, amount bigint, currency text,
             description text, metadata jsonb)) with ordinality
             as item (debit_account_id, credit_account_id, amount, currency, description,
               metadata, position)
      left join lateral bank_internal.usable_accounts(
        p_actor, item.debit_account_id, item.credit_account_id) as usable on true
     order by item.position);
end
$$;
