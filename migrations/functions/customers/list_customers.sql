-- Guarantees: returns a page of all customers, newest first. For admins.
-- Raises: unauthenticated, forbidden.
create or replace function bank.list_customers(
  p_actor bank.actor, p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform bank_internal.require_admin(p_actor);
  return (
    select bank_internal.page(
             array_agg(page.id::text order by page.id desc),
             array_agg(page.item order by page.id desc), p_limit)
      from (select customer.id, bank_internal.customer_json(customer) as item
              from bank.customers as customer
             where id < bank_internal.position_before(p_position)
             order by id desc
             limit p_limit + 1) as page);
end
$$;

grant execute on function bank.list_customers to bank_api;
