-- Guarantees: returns the orders again. An order stays permitted only if its actor exists and may debit the account,
-- its key is new, and no earlier order here has the key. An order without a currency gets that of the debited
-- account.
create or replace function bank_internal.permitted_orders(p_orders bank_internal.transfer_order[])
  returns bank_internal.transfer_order[]
  language plpgsql volatile
as $$
begin
  -- One-row lookups, so that no plan reads a whole table for a few orders.
  return array(
    select row(
             item.actor, item.idempotency_key, item.batch_index, item.request_hash, item.debit_account_id,
             item.credit_account_id, item.amount, coalesce(item.currency, debit.currency), item.description,
             item.metadata,
             coalesce(item.is_permitted and debit.id is not null and credit.id is not null
               and bank_internal.may_see_customer(item.actor, debit.customer_id)
               and row_number() over (
                 partition by item.idempotency_key, bank_internal.scope_of(item.actor) order by item.ordinality) = 1
               and (select id from bank.users
                     where id = (item.actor).user_id and role = (item.actor).role
                       and customer_id is not distinct from (item.actor).customer_id and disabled_at is null) is not null
               and (select id from bank.transfers
                     where idempotency_key = item.idempotency_key
                       and idempotency_scope = bank_internal.scope_of(item.actor) limit 1) is null
               and (select key from bank.idempotency_keys
                     where key = item.idempotency_key and scope = bank_internal.scope_of(item.actor)) is null, false)
           )::bank_internal.transfer_order
      from unnest(p_orders) with ordinality as item
      left join lateral (
        select id, customer_id, currency from bank.accounts
         where id = item.debit_account_id and kind = 'customer' limit 1) as debit on true
      left join lateral (
        select id from bank.accounts where id = item.credit_account_id and kind = 'customer' limit 1) as credit on true
     order by item.ordinality);
end
$$;
