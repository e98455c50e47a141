-- Guarantees: the breaks of rules 2, 3 and 5 between at most p_limit customer accounts after p_after and their newest
-- entries and holds, and between their histories and the point verified last, which a history rewritten to its end
-- does not meet. The histories below are violations_of_entries', so the newest entry stands for their sum.
create or replace function bank_internal.violations_of_accounts(p_after uuid default null, p_limit bigint default null)
  returns table (rule text, subject text, id uuid, expected text, found text, checked bigint, last_id uuid)
  language sql stable
as $$
  with read as materialized (
    select * from bank.accounts
     where kind = 'customer' and accounts.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
     order by id
     limit p_limit
  )
  select violation.rule, 'account', account.id, violation.expected, violation.found, null, null
    from read as account
    left join lateral (
      select * from bank.entries
       where account_id = account.id and account_version is not null
       order by account_version desc limit 1) as newest on true
    left join bank.verified_accounts as verified on verified.account_id = account.id
    left join bank.entries as verified_entry
      on verified_entry.account_id = account.id and verified_entry.account_version = verified.version
   cross join lateral (
      select coalesce(sum(amount), 0) as held from bank.holds
       where debit_account_id = account.id and status = 'active') as active
   cross join lateral (
      select least(-account.overdraft_limit, account.permitted_floor) as least_available) as floor
   cross join lateral (values
     ('account_balance', coalesce(newest.balance_after, 0)::text, account.balance::text),
     ('account_version', coalesce(newest.account_version, 0)::text, account.version::text),
     ('account_head_hash', encode(newest.hash, 'hex'), encode(account.head_hash, 'hex')),
     ('account_verified_hash', encode(verified.head_hash, 'hex'),
       case when verified.version is not null then encode(verified_entry.hash, 'hex') end),
     ('account_last_entry_at', bank_internal.timestamp_text(newest.created_at),
                               bank_internal.timestamp_text(account.last_entry_at)),
     ('account_held', active.held::text, account.held::text),
     ('account_limit', greatest(least_available, account.balance - account.held)::text,
                       (account.balance - account.held)::text)
   ) as violation (rule, expected, found)
   where violation.expected is distinct from violation.found
  union all
  (select null, null, null, null, null, (select count(*) from read), read.id from read order by read.id desc limit 1)
$$;
