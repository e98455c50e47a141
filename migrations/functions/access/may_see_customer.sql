-- Guarantees: true for an admin and for the customer itself. Never null, whichever members of the
-- actor are null.
create or replace function bank_internal.may_see_customer(p_actor bank.actor, p_customer_id uuid)
  returns boolean
  language sql immutable
as $$
  select coalesce(
    p_actor.role = 'admin' or p_actor.role = 'customer' and p_actor.customer_id = p_customer_id,
    false)
$$;
