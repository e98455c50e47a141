-- Guarantees: one audit event for each transfer of a batch, one for a batch declined as a whole.
create or replace function bank_internal.batch_events(
  p_actor jsonb, p_transfers bank.transfers[], p_declined boolean
) returns jsonb[]
  language sql volatile
as $$
  select case
    when p_declined then array[bank_internal.audit_event(
      p_actor, 'transfer.create', 'batch_declined', 'transfer', null, jsonb_build_object('refused', (
        select jsonb_object_agg(batch_index, code) from unnest(p_transfers) where code is not null)))]
    else array(
      select bank_internal.audit_event(p_actor, 'transfer.create', code, 'transfer', id,
               jsonb_build_object('transfer_id', id, 'batch_index', batch_index))
        from unnest(p_transfers) order by batch_index)
    end
$$;
