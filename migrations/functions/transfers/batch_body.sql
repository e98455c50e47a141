-- Guarantees: returns the outcomes of a batch as JSON: for each item its status, its code, and its
-- transfer if there is one. A batch that was declined as a whole has no transfers.
create or replace function bank_internal.batch_body(p_transfers bank.transfers[]) returns text
  language plpgsql stable
as $$
begin
  return (
    select concat('{"outcomes":[', string_agg(concat(
             '{"status":"', case when code is null then 'posted' else 'declined' end,
             '","code":', coalesce('"' || code || '"', 'null'),
             ',"transfer":',
             case when id is null then 'null' else bank_internal.transfer_json(transfer) end,
             '}'), ','), ']}')
      from unnest(p_transfers) as transfer);
end
$$;
