-- Guarantees: true for an admin and for the customer itself, never null.
create or replace function bank_internal.may_see_customer(p_actor jsonb, p_customer_id uuid) returns boolean
  language sql immutable
as $$
  select p_actor ->> 'role' = 'admin'
    or coalesce(p_actor ->> 'role' = 'customer' and (p_actor ->> 'customer_id')::uuid = p_customer_id, false)
$$;
