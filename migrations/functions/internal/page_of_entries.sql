-- Guarantees: a page of a customer account's entries, newest first, by version: a position never moves, whatever is
-- posted meanwhile. p_from is inclusive, p_to exclusive; both fall on microseconds, the clock's own step.
create or replace function bank_internal.page_of_entries(
  p_account_id uuid, p_from timestamptz, p_to timestamptz, p_limit integer, p_position text
) returns bank.answer
  language sql stable
as $$
  select bank_internal.page(
           array_agg(page.account_version::text order by page.account_version desc),
           array_agg(page.item order by page.account_version desc), p_limit,
           bank_internal.statement_facts(p_account_id, p_from, p_to))
    from (select entry.account_version, bank_internal.entry_json(entry, transfer) as item
            from bank.entries as entry join bank.transfers as transfer on transfer.id = entry.transfer_id
           where entry.account_id = p_account_id
             and entry.account_version > bank_internal.version_at(
               p_account_id, p_from - interval '1 microsecond')
             and entry.account_version <= bank_internal.version_at(
               p_account_id, coalesce(p_to - interval '1 microsecond', 'infinity'))
             and entry.account_version < coalesce(p_position::bigint, 9223372036854775807)
           order by entry.account_version desc
           limit p_limit + 1) as page
$$;
