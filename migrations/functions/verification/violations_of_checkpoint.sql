-- Guarantees: returns the violation of one checkpoint of an internal account, if any. The balance
-- of a checkpoint is that of the previous checkpoint plus the entries after the previous one's
-- time, up to and including its own. It reads as much as taking the checkpoint did. The query names
-- all the kinds that exist, so that it can use the index for the time.
create or replace function bank_internal.violations_of_checkpoint(
  p_account_id uuid, p_counted_until timestamptz
) returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select 'internal_balance', 'account at ' || bank_internal.timestamp_text(p_counted_until),
         p_account_id,
         (coalesce(before.balance, 0) + moved.sum)::text, checkpoint.balance::text
    from bank.internal_balances as checkpoint
    left join lateral (
      select earlier.counted_until, earlier.balance from bank.internal_balances as earlier
       where earlier.account_id = p_account_id and earlier.counted_until < p_counted_until
         and earlier.balance is not null
       order by earlier.counted_until desc limit 1) as before on true
   cross join lateral (
      select coalesce(sum(amount), 0) from bank.entries
       where entries.account_id = p_account_id and account_version is null
         and kind = any ('{transfer,credit,debit,capture,reversal}')
         and created_at > coalesce(before.counted_until, '-infinity')
         and created_at <= p_counted_until) as moved (sum)
   where checkpoint.account_id = p_account_id and checkpoint.counted_until = p_counted_until
     and checkpoint.balance <> coalesce(before.balance, 0) + moved.sum
$$;
