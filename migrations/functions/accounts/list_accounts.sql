-- Guarantees: returns a page of accounts, newest first. A customer gets its own accounts, an admin
-- those of one customer or all.
-- Raises: unauthenticated, not_found.
create or replace function bank.list_accounts(
  p_actor bank.actor, p_customer_id uuid default null, p_limit integer default 20,
  p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_customer_id constant uuid := coalesce(p_customer_id, p_actor.customer_id);
  v_before constant uuid := bank_internal.position_before(p_position);
  v_ids uuid[];
  v_cache_lifetime_ms integer;
  v_answer bank.answer;
begin
  perform bank_internal.require_actor(p_actor);
  if v_customer_id is null then
    v_ids := array(
      select id from bank.accounts where id < v_before order by id desc limit p_limit + 1);
  else
    perform bank_internal.require_customer(p_actor, v_customer_id);
    v_ids := array(
      select id from bank.accounts where customer_id = v_customer_id and id < v_before
       order by id desc limit p_limit + 1);
  end if;
  -- Read before the body: if a hold expires between the two, the lifetime is too short, but the
  -- body is not stale.
  v_cache_lifetime_ms := bank_internal.cache_lifetime_ms(v_ids);
  select * into v_answer from bank_internal.page(
    v_ids::text[],
    array(select bank_internal.account_json(account) from bank.accounts as account
           where id = any (v_ids[:p_limit]) order by id desc),
    p_limit);
  v_answer.cache_lifetime_ms := v_cache_lifetime_ms;
  return v_answer;
end
$$;

grant execute on function bank.list_accounts to bank_api;
