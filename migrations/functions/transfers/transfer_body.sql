-- Guarantees: returns the response body for a transfer: the transfer, or only its id when it was
-- declined, because a decline is answered with a problem and not with the transfer.
create or replace function bank_internal.transfer_body(p_transfer bank.transfers) returns text
  language sql stable
as $$
  select case when p_transfer.code is null then bank_internal.transfer_json(p_transfer)
              else concat('{"transfer_id":"', p_transfer.id, '"}') end
$$;
