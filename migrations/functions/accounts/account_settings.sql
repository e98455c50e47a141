-- Guarantees: returns the settings of an account that an admin can change, so that the audit log
-- can show old and new values.
create or replace function bank_internal.account_settings(p_account bank.accounts) returns jsonb
  language sql immutable
as $$
  select jsonb_build_object(
    'name', p_account.name, 'overdraft_limit', p_account.overdraft_limit,
    'status', p_account.status)
$$;
