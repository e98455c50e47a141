-- Guarantees: returns the body of the first answer. A batch is rebuilt from its transfers. A hold
-- is rebuilt from its row, as it was when it was created or released.
create or replace function bank_internal.replayed_body(p_known bank.idempotency_keys) returns text
  language plpgsql stable
as $$
declare
  v_hold bank.holds;
begin
  if p_known.operation = 'batch' then
    return bank_internal.batch_body(
      bank_internal.transfers_of_batch(p_known.scope, p_known.key, p_known.refusals));
  elsif p_known.hold_id is null then
    return p_known.body;
  end if;
  select * into strict v_hold from bank.holds where id = p_known.hold_id;
  v_hold.status := case p_known.operation when 'hold' then 'active' else 'released' end;
  v_hold.captured_amount := 0;
  v_hold.transfer_id := null;
  return bank_internal.hold_json(v_hold, v_hold.created_at);
end
$$;
