-- Guarantees: the answer to whoever asked for the hold or its release, stored under its key, and its audit event
-- beside those that the caller hands on. A declined hold is no row, only an answer.
create or replace function bank_internal.answer_hold(
  p_actor jsonb, p_idempotency_key text, p_hold bank.holds, p_account_id uuid, p_action text, p_code text,
  p_events jsonb[]
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_unstored_audit_events constant jsonb := bank_internal.audit(variadic p_events || bank_internal.audit_event(
    p_actor, p_action, p_code, 'hold', p_hold.id, jsonb_build_object('debit_account_id', p_account_id)));
begin
  return bank_internal.keep_answer(p_actor, p_idempotency_key, bank_internal.answer(
    case when p_code is null then bank_internal.hold_json(p_hold) else '{}' end,
    bank_internal.changed_accounts(array[p_account_id]), p_code, v_unstored_audit_events));
end
$$;
