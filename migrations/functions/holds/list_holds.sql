-- Guarantees: a page of the holds on a customer's accounts, or for an admin of all, newest first. A hold whose time
-- has come is found as expired.
-- Raises: forbidden, not_found.
create or replace function bank.list_holds(
  p_actor jsonb, p_account_id uuid default null, p_status text default null,
  p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_actor(p_actor);
  if p_account_id is not null then
    perform bank_internal.require_account(p_actor, p_account_id);
  end if;
  return bank_internal.page_of_holds(
    case when p_account_id is not null then array[p_account_id]
         when p_actor ->> 'role' <> 'admin' then
           array(select id from bank.accounts where customer_id = (p_actor ->> 'customer_id')::uuid) end,
    p_status, p_limit, p_position);
end
$$;

grant execute on function bank.list_holds to bank_api;
