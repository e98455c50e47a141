-- Guarantees: an admin user with this email exists and its id is returned; an existing user is left as it is.
-- For whoever sets up the bank: the Worker cannot call it.
create or replace function bank_internal.create_admin(p_email text, p_password_hash text) returns uuid
  language sql volatile
as $$
  with created as (
    insert into bank.users (id, email, password_hash, role, created_at)
    values (bank_internal.new_id(clock_timestamp()), lower(p_email), p_password_hash, 'admin', clock_timestamp())
    on conflict (email) do nothing
    returning id
  )
  select id from created
  union all
  select id from bank.users where email = lower(p_email) and role = 'admin'
  limit 1
$$;
