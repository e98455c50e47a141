-- Guarantees: the actor is who the token says. Of all calls with one key, exactly one proceeds: it
-- gets false. The others wait until it has ended, and get true: they must replay. Nothing is
-- written here. The row that stores the outcome claims the key, in this same transaction.
-- Locks: the key, before any account. The lock belongs to the transaction, so it never outlives it
-- in a pooled connection.
-- Raises: unauthenticated, idempotency_key_in_use.
create or replace function bank_internal.begin_request(p_actor bank.actor, p_key text)
  returns boolean
  language plpgsql volatile
as $$
declare
  v_scope constant uuid := bank_internal.scope_of(p_actor);
  v_is_known boolean;
begin
  if not pg_try_advisory_xact_lock(hashtext(p_key), uuid_hash(v_scope)) then
    perform bank_internal.wait_for_key(p_key, v_scope);
  end if;
  -- A new statement, so that it sees what the previous owner of the lock has committed.
  select exists (
           select from bank.transfers
            where idempotency_key = p_key and idempotency_scope = v_scope)
      or exists (select from bank.idempotency_keys where scope = v_scope and key = p_key)
    into v_is_known
    from bank.users
   where id = p_actor.user_id and role = p_actor.role
     and customer_id is not distinct from p_actor.customer_id
     and disabled_at is null;
  if not found then
    perform bank_internal.refuse('unauthenticated');
  end if;
  return v_is_known;
end
$$;
