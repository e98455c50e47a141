-- Guarantees: the breaks of rules 2 and 3 in at most p_limit entries of customer accounts, in the order of accounts and
-- versions after (p_account_id, p_version): a version missing or doubled, a running balance, a time or a link of the
-- chain that does not follow from the entry before, an entry without an account. The last row, with no rule, says
-- where it came to. One pass over one index, so it may run over any number of entries in steps.
create or replace function bank_internal.violations_of_entries(
  p_account_id uuid default null, p_version bigint default null, p_limit bigint default null
) returns table (rule text, subject text, id uuid, expected text, found text, checked bigint, last_account_id uuid,
                 last_version bigint)
  language sql stable
as $$
  with read as materialized (
    select * from bank.entries
     where account_version is not null
       and (account_id, account_version) >= (coalesce(p_account_id, '00000000-0000-0000-0000-000000000000'), coalesce(p_version, 0))
     order by account_id, account_version
     limit p_limit + 1
  ), chain as (
    select entry.*,
           coalesce(lag(account_version) over history, 0) + 1 as next_version,
           coalesce(lag(balance_after) over history, 0) + amount as next_balance,
           bank_internal.entry_hash(lag(hash) over history, account_id, account_version, amount, balance_after,
             transfer_id, entry.id, created_at) as next_hash,
           greatest(lag(created_at) over history, created_at) as next_created_at
      from read as entry
    window history as (partition by account_id order by account_version)
  ), broken as (
    select * from chain
     where (account_id, account_version) is distinct from (p_account_id, p_version)
       and ((next_version, next_balance, next_hash, next_created_at)
            is distinct from (account_version, balance_after, hash, created_at)
         or not exists (select from bank.accounts where accounts.id = chain.account_id and kind = 'customer'))
  )
  select violation.rule, 'entry', broken.id, violation.expected, violation.found, null, null, null
    from broken
   cross join lateral (values
     ('entry_version', next_version::text, account_version::text),
     ('entry_balance_after', next_balance::text, balance_after::text),
     ('entry_hash', encode(next_hash, 'hex'), encode(hash, 'hex')),
     ('entry_order', bank_internal.timestamp_text(next_created_at), bank_internal.timestamp_text(created_at)),
     ('entry_account', account_id::text, (
       select account.id::text from bank.accounts as account
        where account.id = account_id and kind = 'customer'))
   ) as violation (rule, expected, found)
   where violation.expected is distinct from violation.found
  union all
  (select null, null, null, null, null,
          (select count(*) from read where (account_id, account_version) is distinct from (p_account_id, p_version)),
          account_id, account_version
     from read order by account_id desc, account_version desc limit 1)
$$;
