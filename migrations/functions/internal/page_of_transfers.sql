-- Guarantees: a page of the transfers that match, newest first, found by the narrowest index: the key's, those of each
-- account, or all. A credited account shows what was posted to it, and a refused credit of the bank's.
create or replace function bank_internal.page_of_transfers(
  p_account_ids uuid[], p_sees_declines boolean, p_filters bank_internal.transfer_filters, p_limit integer,
  p_position text
) returns bank.answer
  language sql stable
as $$
  with found as (
    (select id from bank.transfers as transfer
      where (p_filters).idempotency_key is null and p_account_ids is null
        and id < bank_internal.position_before(p_position) and bank_internal.matches(transfer, p_filters)
      order by id desc limit p_limit + 1)
    union
    (select id from bank.transfers as transfer
      where idempotency_key = (p_filters).idempotency_key
        and (p_account_ids is null or debit_account_id = any (p_account_ids) or (credit_account_id = any (p_account_ids)
          and (p_sees_declines or status = 'posted' or kind = 'credit')))
        and id < bank_internal.position_before(p_position) and bank_internal.matches(transfer, p_filters)
      order by id desc limit p_limit + 1)
    union
    select side.id
      from unnest(p_account_ids) as account (account_id)
     cross join lateral (
       (select id from bank.transfers as transfer
         where debit_account_id = account.account_id
           and id < bank_internal.position_before(p_position) and bank_internal.matches(transfer, p_filters)
         order by id desc limit p_limit + 1)
       union all
       (select id from bank.transfers as transfer
         where credit_account_id = account.account_id
           and (p_sees_declines or status = 'posted' or kind = 'credit')
           and id < bank_internal.position_before(p_position) and bank_internal.matches(transfer, p_filters)
         order by id desc limit p_limit + 1)) as side
     where (p_filters).idempotency_key is null
  )
  select bank_internal.page(
           array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
    from (select id, bank_internal.transfer_json(transfer, bank_internal.reversals_of(id)) as item
            from bank.transfers as transfer
           where id in (select id from found order by id desc limit p_limit + 1)) as page
$$;
