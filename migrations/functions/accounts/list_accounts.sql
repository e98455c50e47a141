-- Guarantees: a page of accounts, newest first: a customer's own, or for an admin those of one customer or all.
-- Raises: forbidden, not_found.
create or replace function bank.list_accounts(
  p_actor jsonb, p_customer_id uuid default null, p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_customer_id constant uuid := coalesce(p_customer_id, (p_actor ->> 'customer_id')::uuid);
  -- Before the body: a hold that expires between the two makes the lifetime short, not the body old.
  v_cache_lifetime_ms constant integer := bank_internal.cache_lifetime_ms(
    array(select id from bank.accounts where customer_id = v_customer_id));
  v_answer bank.answer;
begin
  perform bank_internal.require_actor(p_actor);
  if v_customer_id is not null then
    perform bank_internal.require_customer(p_actor, v_customer_id);
  end if;
  select * into v_answer from bank_internal.page_of_accounts(v_customer_id, p_limit, p_position);
  v_answer.cache_lifetime_ms := v_cache_lifetime_ms;
  return v_answer;
end
$$;

grant execute on function bank.list_accounts to bank_api;
