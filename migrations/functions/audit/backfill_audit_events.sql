-- Guarantees: after an hour at the latest, every transfer, posted or declined, has an audit event,
-- even if its first one was lost. The ledger itself cannot lose a transfer, so a missing event is
-- made again from it, and says so in its detail. It waits an hour because the events in the queue
-- know more. A call looks at p_limit transfers, from where the last call ended, and skips archived
-- months. It answers how many transfers it has looked at, and how many had no event. For the cron
-- job.
-- Locks: the row of the job.
create or replace function bank.backfill_audit_events(p_limit integer default 10000)
  returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_until constant uuid := bank_internal.id_at(clock_timestamp() - interval '1 hour');
  v_after uuid;
  v_last uuid;
  v_scanned integer;
  v_missing bank.transfers[];
begin
  insert into bank.jobs (name) values ('backfill_audit_events') on conflict do nothing;
  select coalesce(position, '00000000-0000-0000-0000-000000000000')::uuid into strict v_after
    from bank.jobs where name = 'backfill_audit_events' for no key update;
  select count(*), (array_agg(id order by id desc))[1] into v_scanned, v_last
    from (select id from bank.transfers
           where id > v_after and id < v_until order by id limit p_limit) as scanned;
  -- The bounds are repeated, so that only the partitions of these months are read.
  v_missing := array(
    select transfer from bank.transfers as transfer
     where id > v_after and id <= v_last
       and not exists (select from bank.audit_events as event
                        where event.id = transfer.id and event.id > v_after and event.id <= v_last)
       and not exists (select from bank.archived_audit_months
                        where transfer.id >= bank_internal.id_at(
                                month::timestamp at time zone 'UTC')
                          and transfer.id < bank_internal.id_at(
                                (month + interval '1 month') at time zone 'UTC'))
     order by id);
  perform bank_internal.insert_audit_events(coalesce((
    select jsonb_agg(bank_internal.backfilled_event(transfer))
      from unnest(v_missing) as transfer), '[]'));
  update bank.jobs set position = coalesce(v_last, v_after), succeeded_at = clock_timestamp()
   where name = 'backfill_audit_events';
  return bank_internal.answer(
    json_build_object('scanned', v_scanned, 'backfilled', cardinality(v_missing)));
end
$$;

grant execute on function bank.backfill_audit_events to bank_api;
