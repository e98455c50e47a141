-- Guarantees: a page of transfers, newest first: for a customer those of its accounts that may_see_transfer names, for
-- an admin all. A customer finds its own idempotency keys only.
-- Raises: forbidden, not_found.
create or replace function bank.list_transfers(
  p_actor jsonb, p_account_id uuid default null, p_status text default null, p_idempotency_key text default null,
  p_from timestamptz default null, p_to timestamptz default null,
  p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_admin constant boolean := p_actor ->> 'role' = 'admin';
  v_account_ids uuid[];
begin
  perform bank_internal.require_actor(p_actor);
  if p_account_id is not null then
    perform bank_internal.require_account(p_actor, p_account_id);
    v_account_ids := array[p_account_id];
  elsif not v_is_admin then
    v_account_ids := array(select id from bank.accounts where customer_id = (p_actor ->> 'customer_id')::uuid);
  end if;
  return bank_internal.page_of_transfers(
    v_account_ids, v_is_admin,
    row(p_status, p_idempotency_key, case when not v_is_admin then bank_internal.scope_of(p_actor) end, p_from, p_to),
    p_limit, p_position);
end
$$;

grant execute on function bank.list_transfers to bank_api;
