-- Guarantees: builds the answer to a request for a hold or for its release, stores it under its
-- key, and audits it. A declined hold has no row, only an answer.
create or replace function bank_internal.answer_hold(
  p_actor bank.actor, p_idempotency_key text, p_request_hash bytea, p_operation text,
  p_hold bank.holds, p_debit bank.accounts, p_code text, p_at timestamptz
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_answer bank.answer;
begin
  v_answer.code := p_code;
  v_answer.body := case when p_code is null
                        then bank_internal.hold_json(p_hold, p_at) else '{}' end;
  v_answer.replayed := false;
  v_answer.changed := array['account:' || p_debit.id, 'accounts:' || p_debit.customer_id];
  v_answer.unstored_audit_events := bank_internal.audit(bank_internal.audit_event(
    p_actor, case p_operation when 'hold' then 'hold.create' else 'hold.release' end, p_code,
    'hold', p_hold.id,
    jsonb_build_object('debit_account_id', p_debit.id)));
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, p_operation, p_request_hash, v_answer,
    case when p_code is null then p_hold.id end);
end
$$;
