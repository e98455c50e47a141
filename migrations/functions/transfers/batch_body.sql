-- Guarantees: the outcomes of a batch as they stand on the wire: each with its refusal, and its transfer where there is
-- one. In a batch that was declined as a whole there is none.
create or replace function bank_internal.batch_body(p_transfers bank.transfers[], p_refusals text[]) returns text
  language sql stable
as $$
  select concat('{"outcomes":[', string_agg(concat(
           '{"status":"', case when refusal is null then 'posted' else 'declined' end,
           '","code":', coalesce('"' || refusal || '"', 'null'),
           ',"transfer":', case when (transfer).id is null then 'null' else bank_internal.transfer_json(transfer) end,
           '}'), ',' order by item.position), ']}')
    from unnest(p_refusals) with ordinality as item (refusal, position)
    left join (select transfer, row_number() over () as position from unnest(p_transfers) as transfer) as stored
      on stored.position = item.position
$$;
