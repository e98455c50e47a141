-- Guarantees: a page of the holds on these accounts, of all for null, newest first.
create or replace function bank_internal.page_of_holds(
  p_account_ids uuid[], p_status text, p_limit integer, p_position text
) returns bank.answer
  language sql stable
as $$
  select bank_internal.page(
           array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
    from (select hold.id, bank_internal.hold_json(hold) as item
            from bank.holds as hold
           where (p_account_ids is null or debit_account_id = any (p_account_ids))
             and (p_status is null or bank_internal.hold_status(hold) = p_status)
             and id < bank_internal.position_before(p_position)
           order by id desc
           limit p_limit + 1) as page
$$;
