-- Guarantees: returns a page of transfers, newest first. A customer gets those that get_transfer
-- shows it, an admin gets all. A customer finds only its own idempotency keys. The position is the
-- id of a transfer. An admin's search looks at no more than 10,000 transfers when it covers all
-- accounts, or a key that more than 10,000 transfers have. If few of them match, a page may be
-- short and still have a next one.
-- Raises: unauthenticated, not_found.
create or replace function bank.list_transfers(
  p_actor bank.actor, p_account_id uuid default null, p_status text default null,
  p_idempotency_key text default null, p_from timestamptz default null,
  p_to timestamptz default null, p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_admin constant boolean := p_actor.role = 'admin';
  v_account_ids uuid[];
  v_is_common boolean;
  v_ids uuid[];
  v_scanned_to uuid;
begin
  perform bank_internal.require_actor(p_actor);
  if p_account_id is not null then
    perform bank_internal.require_account(p_actor, p_account_id);
    v_account_ids := array[p_account_id];
  elsif not v_is_admin then
    v_account_ids := array(select id from bank.accounts where customer_id = p_actor.customer_id);
  end if;

  v_is_common := v_is_admin and p_idempotency_key is not null and exists (
    select from bank.transfers where idempotency_key = p_idempotency_key offset 10000);
  if p_idempotency_key is not null and not v_is_common then
    v_ids := bank_internal.transfers_with_key(
      p_idempotency_key, case when not v_is_admin then bank_internal.scope_of(p_actor) end,
      p_account_id, p_status, p_from, p_to, p_position::uuid, p_limit + 1);
  elsif v_account_ids is not null and not v_is_common then
    v_ids := array(
      select leg.id
        from (select distinct one.id, one.created_at
                from unnest(v_account_ids) as account (id)
               cross join lateral bank_internal.transfers_of_account(
                 account.id, v_is_admin, p_status, p_from, p_to, p_position::uuid, p_limit + 1
               ) as one) as leg
       order by leg.created_at desc, leg.id desc limit p_limit + 1);
  else
    select found.ids, found.scanned_to into v_ids, v_scanned_to
      from bank_internal.transfers_of_all(
             p_account_id, p_status, p_idempotency_key, p_from, p_to, p_position, p_limit + 1
           ) as found;
  end if;
  return (
    select bank_internal.page(
             array_agg(found.id::text order by found.position),
             array_agg(bank_internal.transfer_json(
               transfer, bank_internal.reversals_of(transfer.id),
               v_is_admin or debit.customer_id is not distinct from p_actor.customer_id)::json
               order by found.position),
             p_limit, p_scanned_to => v_scanned_to::text)
      from unnest(v_ids) with ordinality as found (id, position)
      join bank.transfers as transfer on transfer.id = found.id
      left join bank.accounts as debit on debit.id = transfer.debit_account_id);
end
$$;

grant execute on function bank.list_transfers to bank_api;
