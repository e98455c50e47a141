-- Guarantees: the answer to a request that asks for a resource which is not there any more, and its audit event. Nothing
-- was done, and no key is claimed: the same key may come again with what is there now.
create or replace function bank_internal.precondition_failed(p_actor bank.actor, p_action text, p_target_id uuid)
  returns bank.answer
  language sql volatile
as $$
  select bank_internal.answer('{}', '{}', 'precondition_failed', bank_internal.audit(bank_internal.audit_event(
    p_actor, p_action, 'precondition_failed', split_part(p_action, '.', 1), p_target_id)))
$$;
