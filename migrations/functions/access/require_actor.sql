-- Guarantees: the token's user exists, has this role and this customer, and is not disabled.
-- Raises: unauthenticated.
create or replace function bank_internal.require_actor(p_actor bank.actor) returns void
  language plpgsql stable
as $$
begin
  if not exists (
    select from bank.users
     where id = p_actor.user_id and role = p_actor.role
       and customer_id is not distinct from p_actor.customer_id
       and disabled_at is null)
  then
    perform bank_internal.refuse('unauthenticated');
  end if;
end
$$;
