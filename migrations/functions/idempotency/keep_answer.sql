-- Guarantees: claims the key and stores the answer that every later request with this key gets. A
-- call without a key stores nothing. For operations that make no transfer: a transfer claims its
-- key with its own row.
create or replace function bank_internal.keep_answer(
  p_actor bank.actor, p_key text, p_operation text, p_request_hash bytea, p_answer bank.answer,
  p_hold_id uuid default null, p_refusals text[] default null
) returns bank.answer
  language plpgsql volatile
as $$
begin
  if p_key is not null then
    insert into bank.idempotency_keys
      (scope, key, operation, request_hash, code, body, hold_id, refusals, changed, created_at)
    values (bank_internal.scope_of(p_actor), p_key, p_operation, p_request_hash, p_answer.code,
            case when p_hold_id is null and p_refusals is null then p_answer.body end,
            p_hold_id, p_refusals,
            p_answer.changed, clock_timestamp());
  end if;
  return p_answer;
end
$$;
