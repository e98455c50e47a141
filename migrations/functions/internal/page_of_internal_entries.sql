-- Guarantees: a page of an internal account's entries, newest first, by id: they have no version, for nothing orders
-- them but the clock. An entry whose transaction ends late may appear above a position already passed.
create or replace function bank_internal.page_of_internal_entries(
  p_account_id uuid, p_from timestamptz, p_to timestamptz, p_limit integer, p_position text
) returns bank.answer
  language sql stable
as $$
  select bank_internal.page(
           array_agg(page.id::text order by page.id desc), array_agg(page.item order by page.id desc), p_limit)
    from (select entry.id, bank_internal.entry_json(entry, transfer) as item
            from bank.entries as entry join bank.transfers as transfer on transfer.id = entry.transfer_id
           where entry.account_id = p_account_id and entry.account_version is null
             and (p_from is null or entry.created_at >= p_from)
             and (p_to is null or entry.created_at < p_to)
             and entry.id < bank_internal.position_before(p_position)
           order by entry.id desc
           limit p_limit + 1) as page
$$;
