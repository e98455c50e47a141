-- Guarantees: decides the transfers of many callers in one transaction. Each has its own actor,
-- key, fingerprint, outcome and answer, as if it had come alone. Returns one answer for each
-- request, in their order. An answer without a body means that the caller must send the request
-- alone, because its key is known or in use, its actor is unknown, or the account is not the
-- caller's. So the mistake of one caller fails no other caller, and only that caller gets the
-- explanation. For tellers: a fixed number of them shares all accounts, so a call has transfers to
-- many accounts.
-- Locks: each free key, without waiting, then the accounts of all permitted transfers, in id order.
-- All calls share one generic plan, because making a plan costs as much as some transfers.
create or replace function bank.gather_transfers(p_requests jsonb) returns setof bank.answer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
  v_orders bank_internal.transfer_order[];
  v_transfers bank.transfers[];
  v_accounts bank.accounts[];
  v_account_ids uuid[];
  v_transfer bank.transfers;
  v_answer bank.answer;
  v_unstored text;
begin
  v_orders := bank_internal.permitted_orders(bank_internal.gathered_orders(p_requests));
  select o_transfers, o_accounts into v_transfers, v_accounts
    from bank_internal.decide_transfers(v_orders);
  perform bank_internal.store_transfers(v_transfers, v_accounts);
  v_unstored := bank_internal.audit_transfers(
    array(select actor from unnest(v_orders) where is_permitted),
    array(select transfer from unnest(v_transfers) as transfer where id is not null));

  v_account_ids := array(select id from unnest(v_accounts));
  foreach v_transfer in array v_transfers loop
    v_answer := null;
    v_answer.unstored_audit_events := v_unstored;
    v_unstored := null;
    if v_transfer.id is not null then
      v_answer.code := v_transfer.code;
      v_answer.replayed := false;
      v_answer.body := bank_internal.transfer_body(v_transfer);
      v_answer.changed := bank_internal.cache_keys(
        v_accounts[width_bucket(v_transfer.debit_account_id, v_account_ids)],
        v_accounts[width_bucket(v_transfer.credit_account_id, v_account_ids)]);
    end if;
    return next v_answer;
  end loop;
end
$$;

grant execute on function bank.gather_transfers to bank_api;
