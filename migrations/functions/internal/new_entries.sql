-- Guarantees: at most p_limit entries that no run has verified, in the order of accounts after p_after and versions,
-- each with what it should be by the one before it: for the first of an account, by the point last verified. Beside
-- them how the account stands and its newest entry; an account whose new entries are all missing has a row without one.
create or replace function bank_internal.new_entries(p_after uuid, p_limit bigint)
  returns table (
    account_id uuid, account_version bigint, transfer_id uuid, id uuid, balance_after bigint, hash bytea,
    next_version bigint, next_balance bigint, next_hash bytea, is_ordered boolean, account_is_done boolean,
    account_head text, newest_entry text)
  language sql stable
as $$
  with news as (
    select account.id, account.version, coalesce(verified.version, 0) as verified_version, verified.balance,
           verified.head_hash, account.balance as account_balance, account.head_hash as account_head_hash
      from bank.accounts as account left join bank.verified_accounts as verified on verified.account_id = account.id
     where account.version > coalesce(verified.version, 0) and account.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
     order by account.id
     limit p_limit
  ), read as materialized (
    select entry.*, news.id as read_account_id, news.version as newest_version, verified_version, news.balance, head_hash,
           format('version %s, balance %s, hash %s', news.version, account_balance, encode(account_head_hash, 'hex'))
             as account_head,
           (select format('version %s, balance %s, hash %s', account_version, balance_after, encode(hash, 'hex'))
              from bank.entries
             where entries.account_id = news.id and account_version is not null
             order by account_version desc limit 1) as newest_entry
      from news
      left join lateral (
       select * from bank.entries
        where entries.account_id = news.id and account_version > verified_version
        order by account_version limit p_limit) as entry on true
     order by news.id, entry.account_version
     limit p_limit
  )
  select read_account_id, account_version, transfer_id, id, balance_after, hash,
         coalesce(lag(account_version) over history, verified_version) + 1,
         coalesce(lag(balance_after) over history, balance, 0) + amount,
         bank_internal.entry_hash(coalesce(lag(hash) over history, head_hash), account_id, account_version, amount,
           balance_after, transfer_id, id, created_at),
         coalesce(lag(created_at) over history <= created_at, true),
         max(account_version) over (partition by read_account_id) >= newest_version,
         account_head, newest_entry
    from read
  window history as (partition by read_account_id order by account_version)
$$;
