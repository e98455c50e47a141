-- Guarantees: returns a page of holds, newest first: those on a customer's accounts, or all for an
-- admin. An active hold past its expires_at is found as expired. With a status, the search looks at
-- no more than 1,000 holds of each account: if few of them match, a page may be short and still
-- have a next one.
-- Raises: unauthenticated, not_found.
create or replace function bank.list_holds(
  p_actor bank.actor, p_account_id uuid default null, p_status text default null,
  p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_before constant uuid := bank_internal.position_before(p_position);
  v_depth constant integer := case when p_status is null then p_limit + 1 else 1000 end;
  v_account_ids uuid[];
  v_ids uuid[];
  v_scanned_to uuid;
begin
  perform bank_internal.require_actor(p_actor);
  if p_account_id is not null then
    perform bank_internal.require_account(p_actor, p_account_id);
    v_account_ids := array[p_account_id];
  elsif p_actor.role <> 'admin' then
    v_account_ids := array(select id from bank.accounts where customer_id = p_actor.customer_id);
  end if;
  if v_account_ids is null then
    v_ids := array(select id from bank.holds where id < v_before order by id desc limit v_depth);
    v_scanned_to := v_ids[v_depth];
  else
    select array_agg(scan.id),
           (array_agg(scan.id order by scan.id desc) filter (where scan.depth = v_depth))[1]
      into v_ids, v_scanned_to
      from unnest(v_account_ids) as account (id)
     cross join lateral (
       select hold.id, row_number() over (order by hold.id desc) as depth
         from (select id from bank.holds where debit_account_id = account.id and id < v_before
                order by id desc limit v_depth) as hold) as scan;
  end if;
  -- Where the search of one account stopped, the whole page stops: that account may have more holds
  -- beyond.
  return (
    select bank_internal.page(
             array_agg(page.id::text order by page.id desc),
             array_agg(page.item order by page.id desc), p_limit,
             p_scanned_to => v_scanned_to::text)
      from (select hold.id, bank_internal.hold_json(hold, v_now) as item
              from bank.holds as hold
             where id = any (v_ids) and (v_scanned_to is null or id >= v_scanned_to)
               and (p_status is null or bank_internal.hold_status(hold, v_now) = p_status)
             order by id desc
             limit p_limit + 1) as page);
end
$$;

grant execute on function bank.list_holds to bank_api;
