-- Guarantees: a page of the transfers of these accounts, of all accounts for null, newest first. A credited
-- account shows what was posted to it, and a refused credit of the bank's.
create or replace function bank_internal.page_of_transfers(
  p_account_ids uuid[], p_sees_declines boolean, p_status text, p_scope uuid, p_idempotency_key text,
  p_from timestamptz, p_to timestamptz, p_limit integer, p_position text
) returns bank.answer
  language sql stable
as $$
  select bank_internal.page(
           array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
    from (select transfer.id, bank_internal.transfer_json(transfer, bank_internal.reversals_of(transfer.id)) as item
            from bank.transfers as transfer
           where (p_account_ids is null
               or debit_account_id = any (p_account_ids)
               or (credit_account_id = any (p_account_ids)
                 and (p_sees_declines or status = 'posted' or kind = 'credit')))
             and (p_status is null or status = p_status)
             and (p_idempotency_key is null or (idempotency_key = p_idempotency_key
               and (p_scope is null or idempotency_scope = p_scope)))
             and (p_from is null or created_at >= p_from)
             and (p_to is null or created_at < p_to)
             and (p_position is null or id < p_position::uuid)
           order by id desc
           limit p_limit + 1) as page
$$;
