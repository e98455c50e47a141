-- Guarantees: debits a customer account and credits the settlement account of its currency, once
-- per key. A decline is stored and replayed. For admins.
-- Locks: the idempotency key, then the customer account.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (about the account; it claims no key), then the codes of
-- refusal_of.
create or replace function bank.debit_account(
  p_actor bank.actor, p_idempotency_key text, p_account_id uuid, p_amount bigint,
  p_description text default null, p_preconditions jsonb default null
) returns bank.answer
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  select * from bank_internal.settle(
    p_actor, p_idempotency_key, 'debit', p_account_id, p_amount, p_description, p_preconditions)
$$;

grant execute on function bank.debit_account to bank_api;
