-- Guarantees: the actor is a customer of an existing customer record, or an admin.
-- Raises: forbidden.
create or replace function bank_internal.require_actor(p_actor jsonb) returns void
  language plpgsql stable
as $$
begin
  if p_actor ->> 'user_id' is not null and (
    (p_actor ->> 'role' = 'admin' and p_actor ->> 'customer_id' is null)
    or (p_actor ->> 'role' = 'customer' and exists (
      select from bank.customers where id = (p_actor ->> 'customer_id')::uuid)))
  then
    return;
  end if;
  perform bank_internal.refuse('forbidden');
end
$$;
