-- Guarantees: the orders again, each permitted only if it was, its actor is known and may debit the account, and its key
-- is new and stands here once; the currency of the debited account stands where none was asked for.
create or replace function bank_internal.permitted_orders(p_orders bank_internal.transfer_order[])
  returns bank_internal.transfer_order[]
  language sql volatile
as $$
  select array_agg(row(
           item.actor, item.idempotency_key, item.batch_index, item.request_hash, item.debit_account_id,
           item.credit_account_id, item.amount, coalesce(item.currency, debit.currency), item.description, item.metadata,
           coalesce(item.is_permitted and debit.id is not null and credit.id is not null
             and bank_internal.may_see_customer(item.actor, debit.customer_id)
             and exists (select from bank.users as known
                          where known.id = (item.actor).user_id and known.role = (item.actor).role
                            and known.customer_id is not distinct from (item.actor).customer_id
                            and known.disabled_at is null)
             and not exists (select from bank.transfers as known
                              where known.idempotency_key = item.idempotency_key
                                and known.idempotency_scope = bank_internal.scope_of(item.actor))
             and not exists (select from bank.idempotency_keys as known
                              where known.key = item.idempotency_key
                                and known.scope = bank_internal.scope_of(item.actor))
             and not exists (select from unnest(p_orders) with ordinality as twin
                              where twin.idempotency_key = item.idempotency_key
                                and bank_internal.scope_of(twin.actor) = bank_internal.scope_of(item.actor)
                                and twin.ordinality < item.ordinality), false)
         )::bank_internal.transfer_order order by item.ordinality)
    from unnest(p_orders) with ordinality as item
    left join bank.accounts as debit on debit.id = item.debit_account_id and debit.kind = 'customer'
    left join bank.accounts as credit on credit.id = item.credit_account_id and credit.kind = 'customer'
$$;
