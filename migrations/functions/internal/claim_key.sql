-- Guarantees: of all calls with one key in one scope exactly one goes on (null is returned); the others wait for
-- its end and get its answer, or are refused. The claim commits or vanishes with the money.
-- Locks: the key, first of all, until the end of the transaction.
-- Raises: idempotency_key_reused, idempotency_key_in_use.
create or replace function bank_internal.claim_key(p_actor jsonb, p_key text, p_request jsonb) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_scope constant uuid := bank_internal.scope_of(p_actor);
  v_request_hash constant bytea := sha256(convert_to(p_request::text, 'UTF8'));
  v_known bank.idempotency_keys;
begin
  -- The block turns a lock timeout on the key, and only on the key, into the code of its own.
  begin
    insert into bank.idempotency_keys (scope, key, request_hash, created_at)
    values (v_scope, p_key, v_request_hash, clock_timestamp())
    on conflict do nothing;
    if found then
      return null;
    end if;
  exception
    when lock_not_available then
      perform bank_internal.refuse('idempotency_key_in_use');
  end;
  select * into strict v_known from bank.idempotency_keys where scope = v_scope and key = p_key;
  if v_known.request_hash <> v_request_hash then
    perform bank_internal.refuse('idempotency_key_reused');
  end if;
  return row(v_known.code, v_known.body, true, v_known.changed, null, null, null)::bank.answer;
end
$$;
