-- Guarantees: the breaks of rule 6 in captures: a captured hold and its one posted transfer name each other and agree.
create or replace function bank_internal.check_captures()
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select 'capture_matches', 'hold', hold.id,
         hold.captured_amount || ' from ' || hold.debit_account_id || ' to ' || hold.credit_account_id,
         coalesce(capture.amount || ' from ' || capture.debit_account_id || ' to ' || capture.credit_account_id,
                  'no transfer')
    from bank.holds as hold
    left join bank.transfers as capture
      on capture.id = hold.transfer_id and capture.hold_id = hold.id and capture.status = 'posted'
   where hold.status = 'captured'
     and (capture.amount, capture.debit_account_id, capture.credit_account_id)
         is distinct from (hold.captured_amount, hold.debit_account_id, hold.credit_account_id)
  union all
  select 'capture_matches', 'transfer', capture.id, 'the capture of hold ' || capture.hold_id, 'another capture of it'
    from bank.transfers as capture
   where capture.kind = 'capture' and capture.status = 'posted'
     and not exists (select from bank.holds where holds.id = capture.hold_id and transfer_id = capture.id)
$$;
