-- Guarantees: the actor is an admin.
-- Raises: forbidden.
create or replace function bank_internal.require_admin(p_actor jsonb) returns void
  language plpgsql stable
as $$
begin
  if p_actor ->> 'user_id' is not null and p_actor ->> 'role' = 'admin' then
    return;
  end if;
  perform bank_internal.refuse('forbidden');
end
$$;
