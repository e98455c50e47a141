-- Guarantees: bank_api may execute every function that changes the ledger or, while the bank is
-- read-only, none of them. Every volatile function counts as such, except those listed here:
-- balances, which may wait for a row but change nothing, the audit log, and the notes of the
-- verification and of jobs. Rights that are already correct are not touched. For set_read_only, and
-- for migrate, because applying a function's file grants it again.
create or replace function bank_internal.apply_read_only() returns void
  language plpgsql volatile
as $$
declare
  v_is_on constant boolean := exists (select from bank.read_only);
  v_function text;
begin
  for v_function in
    select format('%I.%I(%s)', 'bank', proname, pg_get_function_identity_arguments(oid))
      from pg_proc
     where pronamespace = 'bank'::regnamespace and provolatile = 'v'
       and proname <> all (array[
         'get_balance', 'record_login', 'record_access_refusal', 'store_audit_events',
         'flush_access_refusals', 'backfill_audit_events', 'prepare_audit_partitions',
         'verify_next_part', 'verify_new_entries', 'record_job'])
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
