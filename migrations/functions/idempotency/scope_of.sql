-- Guarantees: returns the namespace of the actor's idempotency keys: the customer, or the user when
-- an admin acts.
create or replace function bank_internal.scope_of(p_actor bank.actor) returns uuid
  language sql immutable
as $$
  select coalesce(p_actor.customer_id, p_actor.user_id)
$$;
