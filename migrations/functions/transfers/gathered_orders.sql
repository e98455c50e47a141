-- Guarantees: returns the gathered requests as orders, in their order. It locks each key that is
-- free and waits for none. If another transaction holds the key, the order is not permitted.
create or replace function bank_internal.gathered_orders(p_requests jsonb)
  returns bank_internal.transfer_order[]
  language plpgsql volatile
as $$
begin
  return array(
    select row(
             asker.actor, item.idempotency_key, 0,
             bank_internal.request_hash(
               item.debit_account_id, item.credit_account_id, item.amount, item.currency,
               item.description, coalesce(item.metadata, '{}')),
             item.debit_account_id, item.credit_account_id, item.amount, item.currency,
             item.description, coalesce(item.metadata, '{}'),
             pg_try_advisory_xact_lock(
               hashtext(item.idempotency_key), uuid_hash(bank_internal.scope_of(asker.actor)))
           )::bank_internal.transfer_order
      from rows from (jsonb_to_recordset(p_requests) as (
             user_id uuid, role text, customer_id uuid, request_id text, ip text,
             idempotency_key text, debit_account_id uuid, credit_account_id uuid, amount bigint,
             currency text, description text, metadata jsonb)) with ordinality
             as item (user_id, role, customer_id, request_id, ip, idempotency_key, debit_account_id,
               credit_account_id, amount, currency, description, metadata, position)
     cross join lateral (
       select row(
         item.user_id, item.role, item.customer_id, item.request_id, item.ip
       )::bank.actor) as asker (actor)
     order by item.position);
end
$$;
