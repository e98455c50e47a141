-- Guarantees: the breaks of rule 6 in reversals: one goes the other way between the same accounts in the same currency,
-- its original is posted and no reversal itself, and all of them together take back no more than it moved.
create or replace function bank_internal.check_reversals()
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select 'reversal_matches', 'transfer', reversal.id,
         original.credit_account_id || ' to ' || original.debit_account_id || ' in ' || original.currency,
         reversal.debit_account_id || ' to ' || reversal.credit_account_id || ' in ' || reversal.currency
    from bank.transfers as reversal
    join bank.transfers as original on original.id = reversal.reverses_transfer_id
   where reversal.status = 'posted'
     and ((original.credit_account_id, original.debit_account_id, original.currency, original.status)
          <> (reversal.debit_account_id, reversal.credit_account_id, reversal.currency, 'posted')
       or original.kind = 'reversal')
  union all
  select 'reversal_sum', 'transfer', original.id, 'at most ' || original.amount, sum(reversal.amount)::text
    from bank.transfers as reversal
    join bank.transfers as original on original.id = reversal.reverses_transfer_id
   where reversal.status = 'posted'
   group by original.id, original.amount
  having sum(reversal.amount) > original.amount
$$;
