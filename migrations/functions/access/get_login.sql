-- Guarantees: returns what a login must know about the user with this email. The body is null when
-- no user has it or when the user is disabled.
create or replace function bank.get_login(p_email text) returns bank.answer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select bank_internal.answer((
    select json_build_object('user_id', id, 'password_hash', password_hash, 'role', role,
                             'customer_id', customer_id)
      from bank.users where email = lower(p_email) and disabled_at is null))
$$;

grant execute on function bank.get_login to bank_api;
