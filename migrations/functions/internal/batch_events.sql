-- Guarantees: one audit event for each transfer of a batch, one for a batch declined as a whole.
create or replace function bank_internal.batch_events(
  p_actor jsonb, p_transfers bank.transfers[], p_declined boolean
) returns jsonb[]
  language sql volatile
as $$
  select array_agg(bank_internal.audit_event(p_actor, 'transfer.create', code, 'transfer', id,
           jsonb_build_object('transfer_id', id, 'batch_index', batch_index)) order by batch_index)
    from unnest(p_transfers)
   where not p_declined
   union all
  select array[bank_internal.audit_event(p_actor, 'transfer.create', 'batch_declined', 'transfer', null,
           jsonb_build_object('refused', (
             select jsonb_object_agg(batch_index, code) from unnest(p_transfers) where code is not null)))]
   where p_declined
   limit 1
$$;
