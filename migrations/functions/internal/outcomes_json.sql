-- Guarantees: the outcomes of a batch as they stand on the wire. In a batch declined as a whole nothing was stored, so
-- no outcome has a transfer, and what would have posted is declined with the others.
create or replace function bank_internal.outcomes_json(p_transfers bank.transfers[], p_declined boolean) returns json
  language sql stable
as $$
  select json_build_object('outcomes', coalesce(json_agg(json_build_object(
    'status', case when p_declined then 'declined' else transfer.status end,
    'code', coalesce(transfer.code, case when p_declined then 'batch_declined' end),
    'transfer', case when transfer.id is not null and not p_declined
                     then bank_internal.transfer_json(transfer) end) order by transfer.batch_index), '[]'))
    from unnest(p_transfers) as transfer
$$;
