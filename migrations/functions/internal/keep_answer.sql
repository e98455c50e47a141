-- Guarantees: the answer is stored under the claimed key, for every later request with it.
create or replace function bank_internal.keep_answer(p_actor jsonb, p_key text, p_answer bank.answer)
  returns bank.answer
  language plpgsql volatile
as $$
begin
  update bank.idempotency_keys
     set code = p_answer.code, body = p_answer.body, changed = p_answer.changed
   where scope = bank_internal.scope_of(p_actor) and key = p_key;
  return p_answer;
end
$$;
