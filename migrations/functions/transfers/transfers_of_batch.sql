-- Guarantees: returns the outcomes of the batch with this key, in the order of its items. An item
-- without a stored transfer has only its code.
create or replace function bank_internal.transfers_of_batch(
  p_scope uuid, p_key text, p_refusals text[]
) returns bank.transfers[]
  language plpgsql stable
as $$
declare
  v_transfer bank.transfers;
  v_transfers bank.transfers[] := '{}';
begin
  for v_place in 1 .. cardinality(p_refusals) loop
    select * into v_transfer from bank.transfers
     where idempotency_key = p_key and idempotency_scope = p_scope and batch_index = v_place - 1;
    if not found then
      v_transfer.code := p_refusals[v_place];
    end if;
    v_transfers := v_transfers || v_transfer;
  end loop;
  return v_transfers;
end
$$;
