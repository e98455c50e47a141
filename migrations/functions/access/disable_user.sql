-- Guarantees: from now on the user's tokens and password are refused. Disabling a user twice
-- changes nothing. Returns the id of the user, or null when no user has this email.
-- For operators: the Worker cannot call it.
create or replace function bank_internal.disable_user(p_email text) returns uuid
  language sql volatile
as $$
  update bank.users set disabled_at = coalesce(disabled_at, clock_timestamp())
   where email = lower(p_email) returning id
$$;
