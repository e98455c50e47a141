-- Guarantees: marks and audits at most p_limit expired holds of one account. Answers how many, and
-- the account to continue after: accounts take turns, so no account waits behind the many holds of
-- another. Without p_position it continues where the last run ended. The money was free as soon as
-- the holds expired; this only tidies up. It looks at no more than 1,000 accounts. For the cron
-- job.
-- Locks: that account (an account that is already locked is skipped), then the row of the job.
create or replace function bank.expire_holds(
  p_position text default null, p_limit integer default 100
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account bank.accounts;
  v_position uuid := coalesce(
    p_position, (select position from bank.jobs where name = 'expire_holds'),
    '00000000-0000-0000-0000-000000000000')::uuid;
  v_expired bank.holds[];
  v_unstored text;
begin
  for v_step in 1..1000 loop
    select debit_account_id into v_position from bank.holds
     where status = 'active' and debit_account_id > v_position order by debit_account_id limit 1;
    exit when not found;
    if exists (select from bank.holds
                where status = 'active' and debit_account_id = v_position
                  and expires_at <= clock_timestamp()) then
      select * into v_account from bank.accounts
       where id = v_position for no key update skip locked;
      exit when found;
    end if;
  end loop;
  if v_account.id is not null then
    with due as (
      select id from bank.holds
       where debit_account_id = v_account.id and status = 'active'
         and expires_at <= clock_timestamp()
       order by expires_at limit p_limit
    ), marked as (
      update bank.holds set status = 'expired' where id in (select id from due) returning holds.*
    )
    select array_agg(marked) into v_expired from marked;
    update bank.accounts set held = held - (select coalesce(sum(amount), 0) from unnest(v_expired))
     where id = v_account.id;
    v_unstored := bank_internal.audit(variadic array(
      select bank_internal.audit_event(null, 'hold.expire', null, 'hold', id)
        from unnest(v_expired)));
  end if;
  insert into bank.jobs (name, position, succeeded_at)
  values ('expire_holds', v_position::text, clock_timestamp())
  on conflict (name) do update
     set position = excluded.position, succeeded_at = excluded.succeeded_at;
  return row(null, json_build_object('expired', coalesce(cardinality(v_expired), 0))::text, false,
    case when v_account.id is null then '{}'::text[]
         else array['account:' || v_account.id, 'accounts:' || v_account.customer_id] end,
    v_position::text, null, v_unstored)::bank.answer;
end
$$;

grant execute on function bank.expire_holds to bank_api;
