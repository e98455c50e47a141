-- Guarantees: a page of the account's statement, newest first, to its owner and to admins.
-- Raises: not_found.
create or replace function bank.list_entries(
  p_actor jsonb, p_account_id uuid, p_from timestamptz default null, p_to timestamptz default null,
  p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account constant bank.accounts := bank_internal.require_account(p_actor, p_account_id);
begin
  if v_account.kind = 'internal' then
    return bank_internal.page_of_internal_entries(p_account_id, p_from, p_to, p_limit, p_position);
  end if;
  return bank_internal.page_of_entries(p_account_id, p_from, p_to, p_limit, p_position);
end
$$;

grant execute on function bank.list_entries to bank_api;
