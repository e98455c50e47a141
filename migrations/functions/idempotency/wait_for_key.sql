-- Guarantees: this transaction holds the lock of the key when the function returns. A waiting
-- transaction holds no other lock yet.
-- Raises: idempotency_key_in_use, when the earlier call takes longer than the lock timeout.
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
