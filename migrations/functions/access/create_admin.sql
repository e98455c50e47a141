-- Guarantees: an admin user with this email exists, and its id is returned. An existing user is not
-- changed. For the operator who sets up the bank: the Worker cannot call it.
-- Raises: validation_failed for an email that is_email refuses.
create or replace function bank_internal.create_admin(p_email text, p_password_hash text)
  returns uuid
  language plpgsql volatile
as $$
declare
  v_id uuid;
begin
  if bank_internal.is_email(p_email) is not true then
    perform bank_internal.refuse_value('email', 'must be an email address in ASCII');
  end if;
  insert into bank.users (id, email, password_hash, role, created_at)
  values (bank_internal.new_id(clock_timestamp()), lower(p_email), p_password_hash, 'admin',
          clock_timestamp())
  on conflict (email) do nothing
  returning id into v_id;
  return coalesce(
    v_id, (select id from bank.users where email = lower(p_email) and role = 'admin'));
end
$$;
