-- Guarantees: what whoever asked for the transfer is answered: the transfer, or, of a declined one, its id only: the
-- refusal is the problem, not the transfer.
create or replace function bank_internal.transfer_body(p_transfer bank.transfers) returns text
  language sql stable
as $$
  select case when p_transfer.code is null then bank_internal.transfer_json(p_transfer)
              else concat('{"transfer_id":"', p_transfer.id, '"}') end
$$;
