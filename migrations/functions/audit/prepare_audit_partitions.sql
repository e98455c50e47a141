-- Guarantees: the audit log has a partition for this month and for each of the next three. If
-- events of a month came before its partition, that whole month stays in the default partition. For
-- the cron job and for migrate.
-- Locks: what attaching a partition needs. Audit events can still be inserted.
create or replace function bank.prepare_audit_partitions() returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_month date;
  v_name text;
  v_least uuid;
  v_before uuid;
  v_created text[] := '{}';
begin
  for v_step in 0..3 loop
    v_month := date_trunc('month', clock_timestamp() at time zone 'UTC')
      + make_interval(months => v_step);
    v_name := bank_internal.audit_partition_name(v_month);
    v_least := bank_internal.id_at(v_month::timestamp at time zone 'UTC');
    v_before := bank_internal.id_at((v_month + interval '1 month') at time zone 'UTC');
    continue when to_regclass('bank.' || v_name) is not null
      or exists (select from bank.audit_events_other where id >= v_least and id < v_before);
    execute format('create table bank.%I (like bank.audit_events)', v_name);
    execute format(
      'create trigger audit_events_append_only before update or delete or truncate on bank.%I
         for each statement execute function bank_internal.refuse_change()', v_name);
    execute format(
      'alter table bank.audit_events attach partition bank.%I for values from (%L) to (%L)',
      v_name, v_least, v_before);
    v_created := v_created || v_name;
  end loop;
  perform bank_internal.finish_job('prepare_audit_partitions');
  return bank_internal.answer(json_build_object('created', v_created));
end
$$;

grant execute on function bank.prepare_audit_partitions to bank_api;
