-- Guarantees: marks and audits the expired holds of up to p_limit accounts that nobody has touched since. Their money
-- was free from the instant they expired; this only tidies. For the cron.
-- Locks: those accounts in id order.
create or replace function bank.expire_holds(p_limit integer default 100) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account_ids constant uuid[] := array(
    select debit_account_id from bank.holds
     where status = 'active' and expires_at <= clock_timestamp()
     group by debit_account_id
     order by debit_account_id
     limit p_limit);
  v_events jsonb[];
begin
  v_events := bank_internal.lock_accounts('{"role": "system"}', v_account_ids);
  return bank_internal.answer(
    json_build_object('expired', cardinality(v_events)), bank_internal.changed_accounts(v_account_ids), null,
    case when cardinality(v_events) > 0 then bank_internal.audit(variadic v_events) end);
end
$$;

grant execute on function bank.expire_holds to bank_api;
