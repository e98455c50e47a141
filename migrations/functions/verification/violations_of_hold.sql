-- Guarantees: returns the violations of one hold: in its own row, and between the hold, its
-- accounts and its capture.
create or replace function bank_internal.violations_of_hold(p_hold_id uuid)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select violation.rule, 'hold', hold.id, violation.expected, violation.found
    from bank.holds as hold
    left join bank.accounts as debit on debit.id = hold.debit_account_id
    left join bank.accounts as credit on credit.id = hold.credit_account_id
    left join bank.transfers as capture on capture.id = hold.transfer_id
   cross join lateral (
     select 'hold_shape', 'a transfer and 1 to ' || hold.amount || ' if captured, else neither',
            format('%s, transfer %s, %s', hold.status, hold.transfer_id, hold.captured_amount)
      where case when hold.status = 'captured'
                 then hold.transfer_id is null or hold.captured_amount not between 1 and hold.amount
                 else hold.transfer_id is not null or hold.captured_amount <> 0 end
     union all
     select 'hold_accounts', 'two customers'' accounts in ' || hold.currency,
            format('%s %s and %s %s', debit.kind, debit.currency, credit.kind, credit.currency)
      where (debit.kind, debit.currency::text, credit.kind, credit.currency::text)
            is distinct from ('customer', hold.currency::text, 'customer', hold.currency::text)
         or debit.id = credit.id
     union all
     select 'hold_matches',
            format('transfer %s of %s from %s to %s', hold.transfer_id, hold.captured_amount,
                   hold.debit_account_id, hold.credit_account_id),
            format('%s %s of %s from %s to %s for hold %s', capture.status, capture.kind,
                   capture.amount, capture.debit_account_id, capture.credit_account_id,
                   capture.hold_id)
      where hold.status = 'captured'
        and (capture.hold_id, capture.status::text, capture.kind::text, capture.amount::bigint,
             capture.debit_account_id, capture.credit_account_id)
            is distinct from
            (hold.id, 'posted', 'capture', hold.captured_amount::bigint, hold.debit_account_id,
             hold.credit_account_id)
   ) as violation (rule, expected, found)
   where hold.id = p_hold_id
$$;
