-- Guarantees: the audit events of orders that were decided, not stored.
create or replace function bank_internal.events_of_transfers(
  p_orders bank_internal.transfer_order[], p_decisions bank_internal.decision[]
) returns table (
  id uuid, created_at timestamptz, actor_id uuid, actor_role text, action text, outcome text, code text,
  target_type text, target_id uuid, request_id text, ip text, detail jsonb)
  language sql volatile
as $$
  select coalesce(item.id, bank_internal.new_id(clock_timestamp())), coalesce(item.created_at, clock_timestamp()),
         (actor).user_id, (actor).role, 'transfer.create',
         case when item.code is null then 'success' else 'failure' end, item.code,
         case when item.id is null then 'account' else 'transfer' end, coalesce(item.id, debit_account_id),
         (actor).request_id, (actor).ip, null::jsonb
    from unnest(p_orders, p_decisions) as item
$$;
