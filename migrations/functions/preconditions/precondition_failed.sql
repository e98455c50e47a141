-- Guarantees: builds the answer to a request whose preconditions fail, and audits it. Nothing was
-- done and no key is claimed: a request with the same key and new preconditions may succeed.
create or replace function bank_internal.precondition_failed(
  p_actor bank.actor, p_action text, p_target_id uuid
) returns bank.answer
  language sql volatile
as $$
  select bank_internal.answer('{}', '{}', 'precondition_failed', bank_internal.audit(
    bank_internal.audit_event(
    p_actor, p_action, 'precondition_failed', split_part(p_action, '.', 1), p_target_id)))
$$;
