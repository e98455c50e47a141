-- Guarantees: returns the next accounts in id order, and for each the next piece of its history.
-- The call covers at most p_limit accounts and p_limit entries in all. It continues after p_version
-- in the account p_account_id, or after that account when p_version is null. A history starts at
-- its first entry or, with p_since_verified, after the last verified point.
-- is_whole: there is nothing after this piece. is_changed: the account differs from its last
-- verified point. next_position: where to continue after the piece.
create or replace function bank_internal.histories(
  p_account_id uuid, p_version bigint, p_limit bigint, p_since_verified boolean
) returns table (
  account_id uuid, from_version bigint, until_version bigint, is_whole boolean, is_changed boolean,
  verified_version bigint, next_position text)
  language sql stable
as $$
  with page as (
    select account.id, coalesce(account.version, 0)::numeric as head_version,
           verified.version as verified_version,
           case when account.id = p_account_id then p_version
                when p_since_verified then least(coalesce(verified.version, 0), account.version)
                else 0 end as known_version,
           account.kind = 'internal'
             or (account.version, account.balance, account.held, account.head_hash)
               is distinct from (verified.version, verified.balance, verified.held,
                                 verified.head_hash) as is_changed
      from bank.accounts as account
      left join bank.verified_accounts as verified on verified.account_id = account.id
     where account.id >= p_account_id and (p_version is not null or account.id > p_account_id)
     order by account.id
     limit p_limit
  ), piece as (
    select *, p_limit - coalesce(sum(greatest(head_version - known_version, 0)) over (
             order by id rows between unbounded preceding and 1 preceding), 0) as entries_left
      from page
  ), bounded as (
    select *, least(head_version, known_version + entries_left)::bigint as until_version
      from piece
     where entries_left > 0
  ), cut as (
    -- A version that no entry has reached must not lead to an endless walk.
    select *, head_version > until_version and exists (
             select from bank.entries
              where account_id = bounded.id and account_version > bounded.until_version) as is_cut
      from bounded
  )
  select id, known_version + 1, until_version, not is_cut, is_changed,
         coalesce(verified_version, 0),
         case when is_cut then id || ' ' || until_version
              when lead(id) over (order by id) is not null
                or exists (select from bank.accounts where accounts.id > cut.id) then id::text end
    from cut
$$;
