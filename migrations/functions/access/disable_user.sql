-- Guarantees: the user's tokens and password are refused from now on; disabling twice changes nothing. Returns its id,
-- null when there is no such user. For whoever runs the bank: the Worker cannot call it.
create or replace function bank_internal.disable_user(p_email text) returns uuid
  language sql volatile
as $$
  update bank.users set disabled_at = coalesce(disabled_at, clock_timestamp())
   where email = lower(p_email) returning id
$$;
