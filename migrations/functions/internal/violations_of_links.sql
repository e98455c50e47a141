-- Guarantees: the breaks of rule 6 between transfers: a reversal goes the other way between the same accounts, all of a
-- transfer's reversals take back no more than it moved; a captured hold and its one posted transfer agree.
create or replace function bank_internal.violations_of_links()
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  with reversals as (
    select reversal.*, original.amount as original_amount,
           (original.credit_account_id, original.debit_account_id, original.currency, original.status)
             = (reversal.debit_account_id, reversal.credit_account_id, reversal.currency, 'posted')
           and original.kind <> 'reversal' as matches
      from bank.transfers as reversal
      join bank.transfers as original on original.id = reversal.reverses_transfer_id
     where reversal.reverses_transfer_id is not null and reversal.status = 'posted'
  )
  select 'reversal_matches', 'transfer', id, 'the other way of ' || reverses_transfer_id, 'another way'
    from reversals where not matches
  union all
  select 'reversal_sum', 'transfer', reverses_transfer_id, 'at most ' || original_amount, sum(amount)::text
    from reversals group by reverses_transfer_id, original_amount having sum(amount) > original_amount
  union all
  select 'capture_matches', 'hold', hold.id, 'transfer ' || hold.transfer_id || ' of ' || hold.captured_amount,
         coalesce(capture.status || ' ' || capture.kind || ' of ' || capture.amount, 'no transfer')
    from bank.holds as hold left join bank.transfers as capture on capture.id = hold.transfer_id
   where hold.status = 'captured'
     and (capture.hold_id, capture.status, capture.amount, capture.debit_account_id, capture.credit_account_id)
         is distinct from
         (hold.id, 'posted', hold.captured_amount, hold.debit_account_id, hold.credit_account_id)
  union all
  select 'capture_matches', 'transfer', capture.id, 'the capture of hold ' || capture.hold_id, 'a second capture'
    from bank.transfers as capture
   where capture.kind = 'capture' and capture.status = 'posted'
     and not exists (select from bank.holds where holds.id = capture.hold_id and transfer_id = capture.id)
$$;
