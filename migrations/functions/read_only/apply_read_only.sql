-- Guarantees: bank_api may execute each function that changes the ledger, or none of them while the bank is read-only.
-- Each volatile function counts as one, unless it stands here: balances, which wait for a row but change none, the audit
-- log, and the verification's own notes. Nothing is touched that is right already. For set_read_only, and for migrate,
-- because the text of a function grants it again.
create or replace function bank_internal.apply_read_only() returns void
  language plpgsql volatile
as $$
declare
  v_is_on constant boolean := exists (select from bank.read_only);
  v_function text;
begin
  for v_function in
    select format('%I.%I(%s)', 'bank', proname, pg_get_function_identity_arguments(oid)) from pg_proc
     where pronamespace = 'bank'::regnamespace and provolatile = 'v'
       and proname <> all (array[
         'get_balance', 'record_login', 'record_access_refusal', 'store_audit_events', 'flush_access_refusals',
         'backfill_audit_events', 'prepare_audit_partitions', 'verify_next_part', 'verify_new_entries', 'record_job'])
       and has_function_privilege('bank_api', oid, 'execute') = v_is_on
  loop
    if v_is_on then
      execute format('revoke execute on function %s from bank_api', v_function);
    else
      execute format('grant execute on function %s to bank_api', v_function);
    end if;
  end loop;
end
$$;
