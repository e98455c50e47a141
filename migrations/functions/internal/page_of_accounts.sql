-- Guarantees: a page of the customer's accounts, of all accounts for null, newest first.
create or replace function bank_internal.page_of_accounts(p_customer_id uuid, p_limit integer, p_position text)
  returns bank.answer
  language sql stable
as $$
  select bank_internal.page(
           array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
    from (select account.id, bank_internal.account_json(account) as item
            from bank.accounts as account
           where (p_customer_id is null or customer_id = p_customer_id)
             and id < bank_internal.position_before(p_position)
           order by id desc
           limit p_limit + 1) as page
$$;
