-- Guarantees: the namespace of the actor's idempotency keys: the customer acting, or the admin user.
create or replace function bank_internal.scope_of(p_actor bank.actor) returns uuid
  language sql immutable
as $$
  select coalesce(p_actor.customer_id, p_actor.user_id)
$$;
