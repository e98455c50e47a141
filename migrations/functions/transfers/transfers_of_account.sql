-- Guarantees: returns the newest p_limit transfers of the account before p_position. Posted
-- transfers of a customer account are found by version. Transfers without a version (declines, and
-- entries of internal accounts) are found by time. Each branch stops in its index after p_limit
-- rows, so the cost depends only on p_limit. Without p_sees_declines, of the declined transfers
-- that would have credited the account only the bank's own credits are returned.
create or replace function bank_internal.transfers_of_account(
  p_account_id uuid, p_sees_declines boolean, p_status text, p_from timestamptz, p_to timestamptz,
  p_position uuid, p_limit integer
) returns table (id uuid, created_at timestamptz)
  language plpgsql stable
as $$
#variable_conflict use_column
declare
  v_from constant timestamptz := coalesce(p_from, '-infinity');
  v_before_at timestamptz := 'infinity';
  v_before_id uuid := bank_internal.position_before(p_position::text);
  v_low bigint;
  v_high bigint;
  v_statuses constant text[] := case
    when p_status is null then '{posted,declined}' else array[p_status] end;
  v_kinds constant text[] := case
    when p_sees_declines then '{transfer,credit,debit,capture,reversal}' else '{credit}' end;
begin
  if p_position is not null then
    select transfer.created_at into strict v_before_at
      from bank.transfers as transfer where transfer.id = p_position;
  end if;
  if p_to <= v_before_at then
    v_before_at := p_to;
    v_before_id := '00000000-0000-0000-0000-000000000000';
  end if;
  v_low := bank_internal.version_at(p_account_id, v_from - interval '1 microsecond');
  v_high := case when p_status = 'declined' then v_low
                 else bank_internal.version_at(p_account_id, v_before_at) end;
  return query
    select distinct leg.id, leg.created_at
      from (
        (select id, created_at from bank.transfers
          where debit_account_id = p_account_id
            and debit_version > v_low and debit_version <= v_high
            and (created_at, id) < (v_before_at, v_before_id)
          order by debit_version desc limit p_limit)
        union all
        (select id, created_at from bank.transfers
          where credit_account_id = p_account_id
            and credit_version > v_low and credit_version <= v_high
            and (created_at, id) < (v_before_at, v_before_id)
          order by credit_version desc limit p_limit)
        union all
        select debit.* from unnest(v_statuses) as wanted (status) cross join lateral (
          select id, created_at from bank.transfers
           where debit_account_id = p_account_id and debit_version is null
             and status = wanted.status
             and (created_at, id) < (v_before_at, v_before_id) and created_at >= v_from
           order by created_at desc, id desc limit p_limit) as debit
        union all
        select credit.* from unnest(v_statuses) as wanted (status)
         cross join unnest(v_kinds) as seen (kind)
         cross join lateral (
          select id, created_at from bank.transfers
           where credit_account_id = p_account_id and credit_version is null
             and status = wanted.status and kind = seen.kind
             and (created_at, id) < (v_before_at, v_before_id) and created_at >= v_from
           order by created_at desc, id desc limit p_limit) as credit
      ) as leg
     order by leg.created_at desc, leg.id desc
     limit p_limit;
end
$$;
