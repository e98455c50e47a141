-- Guarantees: the actor is an existing admin who is not disabled.
-- Raises: unauthenticated, forbidden.
create or replace function bank_internal.require_admin(p_actor bank.actor) returns void
  language plpgsql stable
as $$
begin
  perform bank_internal.require_actor(p_actor);
  if p_actor.role <> 'admin' then
    perform bank_internal.refuse('forbidden');
  end if;
end
$$;
