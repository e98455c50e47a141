-- Guarantees: returns the answer to the first request with this key, rebuilt from the rows that it
-- stored.
-- Raises: idempotency_key_reused, when the first request was a different one.
create or replace function bank_internal.replay(
  p_actor bank.actor, p_key text, p_request_hash bytea
) returns bank.answer
  language plpgsql stable
as $$
declare
  v_scope constant uuid := bank_internal.scope_of(p_actor);
  v_known bank.idempotency_keys;
  v_transfer bank.transfers;
  v_debit bank.accounts;
  v_credit bank.accounts;
begin
  select * into v_known from bank.idempotency_keys where scope = v_scope and key = p_key;
  if found then
    if v_known.request_hash <> p_request_hash then
      perform bank_internal.refuse('idempotency_key_reused');
    end if;
    return row(
      v_known.code, bank_internal.replayed_body(v_known), true, v_known.changed,
      null, null, null)::bank.answer;
  end if;
  select * into strict v_transfer from bank.transfers
   where idempotency_key = p_key and idempotency_scope = v_scope and batch_index = 0;
  if v_transfer.request_hash <> p_request_hash then
    perform bank_internal.refuse('idempotency_key_reused');
  end if;
  select * into strict v_debit from bank.accounts where id = v_transfer.debit_account_id;
  select * into strict v_credit from bank.accounts where id = v_transfer.credit_account_id;
  return row(
    v_transfer.code, bank_internal.transfer_body(v_transfer), true,
    bank_internal.cache_keys(v_debit, v_credit), null, null, null)::bank.answer;
end
$$;
