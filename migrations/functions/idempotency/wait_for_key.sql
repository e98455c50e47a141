-- Guarantees: the key's lock is held when this returns. Whoever waits for it holds nothing yet.
-- Raises: idempotency_key_in_use, when the call before takes longer than the lock timeout.
create or replace function bank_internal.wait_for_key(p_key text, p_scope uuid) returns void
  language plpgsql volatile
as $$
begin
  perform pg_advisory_xact_lock(hashtext(p_key), uuid_hash(p_scope));
exception
  when lock_not_available then
    perform bank_internal.refuse('idempotency_key_in_use');
end
$$;
