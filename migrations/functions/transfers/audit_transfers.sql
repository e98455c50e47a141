-- Guarantees: stores one audit event for each decided transfer and returns null. If the table is
-- locked, broken or gone, it returns the events instead. The event of a transfer has the id of the
-- transfer. An item without an id has an event about its debited account. Never fails: see
-- post_transfer.
create or replace function bank_internal.audit_transfers(
  p_actors bank.actor[], p_transfers bank.transfers[]
) returns text
  language plpgsql volatile
as $$
declare
  v_lock_timeout constant text := current_setting('lock_timeout');
begin
  begin
    perform set_config('lock_timeout', '1ms', true);
    if bank_internal.is_audit_locked() is not true then
      insert into bank.audit_events (
        id, created_at, actor_id, actor_role, action, outcome, code, target_type, target_id,
        request_id, ip, detail)
      select * from bank_internal.events_of_transfers(p_actors, p_transfers);
      set constraints all immediate;
      perform set_config('lock_timeout', v_lock_timeout, true);
      return null;
    end if;
    perform set_config('lock_timeout', v_lock_timeout, true);
  exception
    when others or query_canceled or assert_failure then
      perform bank_internal.remember_audit_failure(sqlstate);
  end;
  return (select jsonb_agg(to_jsonb(event) || jsonb_build_object(
           'created_at', bank_internal.timestamp_text(event.created_at), 'detail', '{}'::jsonb))
            from bank_internal.events_of_transfers(p_actors, p_transfers) as event);
end
$$;
