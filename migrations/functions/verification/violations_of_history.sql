-- Guarantees: returns the violations in one account's history between two versions, both inclusive.
-- Each entry must follow from the entry before it, so the entry before p_from_version is read as
-- well.
create or replace function bank_internal.violations_of_history(
  p_account_id uuid, p_from_version bigint, p_until_version bigint
) returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  select violation.rule, 'entry of account ' || p_account_id, entry.id, violation.expected,
         violation.found
    from (
      select entries.id, account_version, balance_after, hash, created_at,
             coalesce(lag(account_version) over history, 0)::numeric + 1 as next_version,
             coalesce(lag(balance_after) over history, 0) + amount as next_balance,
             bank_internal.entry_hash(
               lag(hash) over history, account_id, counterparty_account_id, account_version,
               amount, balance_after, transfer_id, created_at) as next_hash,
             greatest(lag(created_at) over history, created_at) as next_created_at
        from bank.entries
       where account_id = p_account_id
         and account_version between p_from_version - 1 and p_until_version
      window history as (order by account_version)
    ) as entry
   cross join lateral (
     select 'entry_version', next_version::text, account_version::text
      where next_version <> account_version
     union all
     select 'entry_balance_after', next_balance::text, balance_after::text
      where next_balance is distinct from balance_after
     union all
     select 'entry_hash', encode(next_hash, 'hex'), encode(hash, 'hex')
      where next_hash is distinct from hash
     union all
     select 'entry_order', 'at or after ' || bank_internal.timestamp_text(next_created_at),
            bank_internal.timestamp_text(created_at)
      where next_created_at > created_at
   ) as violation (rule, expected, found)
   where entry.account_version >= p_from_version
$$;
