-- Guarantees: the answer to whoever asked for the transfer, stored under its key, and its audit event beside those
-- that the caller hands on. A decline answers the id only: the refusal is the problem, not the transfer.
-- p_target_id is what the action was done to; its type is the first word of the action.
create or replace function bank_internal.answer_transfer(
  p_actor jsonb, p_transfer bank.transfers, p_action text, p_target_id uuid, p_events jsonb[],
  p_detail jsonb default '{}'
) returns bank.answer
  language plpgsql volatile
as $$
declare
  v_unstored_audit_events constant jsonb := bank_internal.audit(variadic p_events || bank_internal.audit_event(
    p_actor, p_action, p_transfer.code, split_part(p_action, '.', 1), p_target_id,
    p_detail || jsonb_build_object('transfer_id', p_transfer.id)));
begin
  return bank_internal.keep_answer(p_actor, p_transfer.idempotency_key, bank_internal.answer(
    case when p_transfer.code is null then bank_internal.transfer_json(p_transfer)
         else json_build_object('transfer_id', p_transfer.id) end,
    bank_internal.changed_accounts(array[p_transfer.debit_account_id, p_transfer.credit_account_id]),
    p_transfer.code, v_unstored_audit_events));
end
$$;
