-- Guarantees: returns the orders again. An order stays permitted only if its actor exists and may
-- use its accounts, its key is new, and no earlier order here has the key. An order without a
-- currency gets that of the debited account.
create or replace function bank_internal.permitted_orders(p_orders bank_internal.transfer_order[])
  returns bank_internal.transfer_order[]
  language plpgsql volatile
as $$
begin
  -- Only lookups of one row, so that no plan reads a whole table for a few orders.
  return array(
    select row(
             item.actor, item.idempotency_key, item.batch_index, item.request_hash,
             item.debit_account_id, item.credit_account_id, item.amount,
             coalesce(item.currency, usable.currency), item.description, item.metadata,
             coalesce(item.is_permitted and usable.currency is not null
               and row_number() over (
                 partition by item.idempotency_key, bank_internal.scope_of(item.actor)
                 order by item.ordinality) = 1
               and (select id from bank.users
                     where id = (item.actor).user_id and role = (item.actor).role
                       and customer_id is not distinct from (item.actor).customer_id
                       and disabled_at is null) is not null
               and (select id from bank.transfers
                     where idempotency_key = item.idempotency_key
                       and idempotency_scope = bank_internal.scope_of(item.actor) limit 1) is null
               and (select key from bank.idempotency_keys
                     where key = item.idempotency_key
                       and scope = bank_internal.scope_of(item.actor)) is null, false)
           )::bank_internal.transfer_order
      from unnest(p_orders) with ordinality as item
      left join lateral bank_internal.usable_accounts(
        item.actor, item.debit_account_id, item.credit_account_id) as usable on true
     order by item.ordinality);
end
$$;
