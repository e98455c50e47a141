-- Guarantees: returns a page of the account's statement, newest first, to its owner and to admins.
-- p_from is inclusive, p_to exclusive. Both are whole microseconds, the step of the clock.
-- For a customer account the page also has the balances before the first and after the last entry
-- of the span. Its entries are paged by version, so a position never moves. Entries of an internal
-- account have no version and are ordered by time: an entry whose transaction commits late may
-- appear above a position that the reader has passed.
-- Raises: unauthenticated, not_found.
create or replace function bank.list_entries(
  p_actor bank.actor, p_account_id uuid, p_from timestamptz default null,
  p_to timestamptz default null, p_limit integer default 20, p_position text default null
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account constant bank.accounts := bank_internal.require_account(p_actor, p_account_id);
  v_opening_version bigint;
  v_closing_version bigint;
  v_newest bigint;
begin
  if v_account.kind = 'internal' then
    return (
      select bank_internal.page(
               array_agg(leg.id::text order by leg.created_at desc, leg.id desc),
               array_agg(bank_internal.entry_json(transfer, p_account_id)
                         order by leg.created_at desc, leg.id desc),
               p_limit)
        from bank_internal.transfers_of_account(
               p_account_id, true, 'posted', p_from, p_to, p_position::uuid, p_limit + 1) as leg
        join bank.transfers as transfer on transfer.id = leg.id);
  end if;
  v_opening_version := coalesce(
    bank_internal.version_at(p_account_id, p_from - interval '1 microsecond'), 0);
  v_closing_version := bank_internal.version_at(
    p_account_id, coalesce(p_to - interval '1 microsecond', 'infinity'));
  v_newest := least(v_closing_version, p_position::bigint - 1);
  return (
    select bank_internal.page(
             array_agg(page.version::text order by page.version desc),
             array_agg(bank_internal.entry_json(page.transfer, p_account_id)
                       order by page.version desc), p_limit,
             jsonb_build_object(
               'opening_balance',
               bank_internal.balance_of_version(p_account_id, v_opening_version),
               'closing_balance',
               bank_internal.balance_of_version(p_account_id, v_closing_version)))
      from ((select transfer, debit_version as version from bank.transfers as transfer
              where debit_account_id = p_account_id
                and debit_version > v_opening_version and debit_version <= v_newest
              order by debit_version desc limit p_limit + 1)
            union all
            (select transfer, credit_version from bank.transfers as transfer
              where credit_account_id = p_account_id
                and credit_version > v_opening_version and credit_version <= v_newest
              order by credit_version desc limit p_limit + 1)
            order by version desc limit p_limit + 1) as page);
end
$$;

grant execute on function bank.list_entries to bank_api;
