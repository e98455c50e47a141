-- Guarantees: returns the violations of one transfer: in its own row, and between the transfer, its
-- accounts, its key, and the transfer or hold that it belongs to.
create or replace function bank_internal.violations_of_transfer(p_transfer_id uuid)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select violation.rule, 'transfer', transfer.id, violation.expected, violation.found
    from bank.transfers as transfer
    left join bank.accounts as debit on debit.id = transfer.debit_account_id
    left join bank.accounts as credit on credit.id = transfer.credit_account_id
   cross join lateral (
     select 'transfer_status', case when transfer.code is null then 'posted' else 'declined' end,
            transfer.status::text
      where (transfer.status = 'posted') <> (transfer.code is null)
     union all
     select 'transfer_accounts', 'two accounts',
            coalesce(debit.id::text, 'no account') || ' and '
              || coalesce(credit.id::text, 'no account')
      where debit.id is null or credit.id is null
         or (debit.id = credit.id and transfer.code is null)
     union all
     select 'transfer_currency', transfer.currency::text,
            debit.currency || ' and ' || credit.currency
      where transfer.code is null
        and (debit.currency <> transfer.currency or credit.currency <> transfer.currency)
     union all
     select 'transfer_kind', 'what belongs to a ' || transfer.kind,
            format('from %s to %s, hold %s, reverses %s',
                   debit.kind, credit.kind, hold_id, reverses_transfer_id)
      where (transfer.kind = 'capture') <> (hold_id is not null)
         or (transfer.kind = 'reversal') <> (reverses_transfer_id is not null)
         or case when transfer.kind = 'reversal' then 'customer' not in (debit.kind, credit.kind)
            else (debit.kind, credit.kind)
              <> (case transfer.kind when 'credit' then 'internal' else 'customer' end,
                  case transfer.kind when 'debit' then 'internal' else 'customer' end) end
     union all
     select 'transfer_entries', 'version, balance and hash of each customer account, if posted',
            format('%s debited and %s credited',
                   num_nonnulls(debit_version, debit_balance, debit_hash),
                   num_nonnulls(credit_version, credit_balance, credit_hash))
      where num_nonnulls(debit_version, debit_balance, debit_hash)
            <> case when transfer.code is null and debit.kind = 'customer' then 3 else 0 end
         or num_nonnulls(credit_version, credit_balance, credit_hash)
            <> case when transfer.code is null and credit.kind = 'customer' then 3 else 0 end
     union all
     select 'idempotency_key', 'one transfer', 'another one, ' || twin.id
       from bank.transfers as twin
      where twin.idempotency_key = transfer.idempotency_key
        and twin.idempotency_scope = transfer.idempotency_scope
        and twin.batch_index = transfer.batch_index and twin.id <> transfer.id
     union all
     select 'idempotency_claim', 'its own key, or its batch''s',
            coalesce('the key of a ' || claim.operation, 'no key')
       from (select) as claimed left join bank.idempotency_keys as claim
         on claim.scope = transfer.idempotency_scope and claim.key = transfer.idempotency_key
      where case when transfer.request_hash is null then claim.operation is distinct from 'batch'
                 else claim.key is not null or transfer.batch_index <> 0 end
     union all
     select 'reversal_matches', 'the other way of ' || reverses_transfer_id,
            coalesce(original.status || ' ' || original.kind || ' from '
                     || original.debit_account_id || ' to '
                     || original.credit_account_id, 'no transfer')
       from (select) as reversal
       left join bank.transfers as original on original.id = transfer.reverses_transfer_id
      where transfer.reverses_transfer_id is not null and transfer.code is null
        and ((original.credit_account_id, original.debit_account_id, original.currency,
              original.code is null)
             is distinct from
             (transfer.debit_account_id, transfer.credit_account_id, transfer.currency, true)
          or original.kind = 'reversal')
     union all
     select 'reversal_sum', 'at most ' || transfer.amount, reversals.sum::text
       from (select sum(reversal.amount) from bank.transfers as reversal
              where reversal.reverses_transfer_id = transfer.id and reversal.code is null
            ) as reversals (sum)
      where reversals.sum > transfer.amount
     union all
     select 'capture_matches', 'the capture of hold ' || hold_id,
            case when hold.id is null then 'no hold'
                 else coalesce(hold.transfer_id::text, 'no capture') end
       from (select) as capture left join bank.holds as hold on hold.id = transfer.hold_id
      where transfer.hold_id is not null and transfer.code is null
        and hold.transfer_id is distinct from transfer.id
   ) as violation (rule, expected, found)
   where transfer.id = p_transfer_id
$$;
