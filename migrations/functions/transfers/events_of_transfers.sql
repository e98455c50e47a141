-- Guarantees: returns the audit events of decided transfers without storing them. The actor of each
-- transfer has the same index in p_actors.
create or replace function bank_internal.events_of_transfers(
  p_actors bank.actor[], p_transfers bank.transfers[]
) returns table (
  id uuid, created_at timestamptz, actor_id uuid, actor_role text, action text, outcome text,
  code text, target_type text, target_id uuid, request_id text, ip text, detail jsonb)
  language sql volatile
as $$
  select coalesce(item.id, bank_internal.new_id(clock_timestamp())),
         coalesce(item.created_at, clock_timestamp()), user_id, role, 'transfer.create',
         case when item.code is null then 'success' else 'failure' end, item.code,
         case when item.id is null then 'account' else 'transfer' end,
         coalesce(item.id, debit_account_id), item.request_id, item.ip, null::jsonb
    from unnest(p_actors, p_transfers) as item
$$;
