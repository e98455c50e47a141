-- Guarantees: the breaks of rules 2 and 3 inside the histories of the accounts after p_after up to p_up_to: a version
-- missing or doubled, a running balance, a time or a link of the chain that does not follow from the entry before.
create or replace function bank_internal.check_entries(p_after uuid default null, p_up_to uuid default null)
  returns table (rule text, subject text, id uuid, expected text, found text)
  language sql stable
as $$
  with chain as (
    select entry.*,
           coalesce(lag(account_version) over history, 0) + 1 as next_version,
           coalesce(lag(balance_after) over history, 0) + amount as next_balance,
           bank_internal.entry_hash(lag(hash) over history, account_id, account_version, amount, balance_after,
             transfer_id, entry.id, created_at) as next_hash,
           lag(created_at) over history as previous_created_at
      from bank.entries as entry
     where account_version is not null
       and (p_after is null or account_id > p_after) and (p_up_to is null or account_id <= p_up_to)
    window history as (partition by account_id order by account_version)
  )
  select broken.rule, 'entry', chain.id, broken.expected, broken.found
    from chain
   cross join lateral (values
     ('account_version', next_version::text, account_version::text),
     ('balance_after', next_balance::text, balance_after::text),
     ('entry_hash', encode(next_hash, 'hex'), encode(hash, 'hex')),
     ('entry_order', bank_internal.timestamp_text(greatest(previous_created_at, created_at)),
                     bank_internal.timestamp_text(created_at))
   ) as broken (rule, expected, found)
   where (next_version, next_balance, next_hash) is distinct from (account_version, balance_after, hash)
     and broken.expected is distinct from broken.found
      or previous_created_at > created_at and broken.expected is distinct from broken.found
$$;
