-- Guarantees: transfers of many callers decided in one transaction, each with its own actor, key, fingerprint, outcome
-- and answer, as if each had come alone. One answer for each request, in their order; null for one that must be asked
-- for alone, because its key is known or in use, its actor unknown, or an account not the caller's: so one caller's
-- mistake fails nobody else, and is explained to that caller only. For tellers, which gather what waits for one account.
-- Locks: each key that is free, without waiting, then the accounts of all that go on, in id order.
create or replace function bank.gather_transfers(p_requests jsonb) returns setof bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_orders bank_internal.transfer_order[];
  v_decisions bank_internal.decision[];
  v_transfers bank.transfers[];
  v_unstored text;
begin
  select array_agg(item) into v_orders from bank_internal.gathered_orders(p_requests) as item;
  v_orders := bank_internal.permitted_orders(v_orders);
  v_decisions := bank_internal.decide_transfers(v_orders);
  v_transfers := bank_internal.store_transfers(v_orders, v_decisions);
  v_unstored := bank_internal.audit_transfers(
    array(select item from unnest(v_orders) as item where (item).is_permitted),
    array(select item from unnest(v_decisions) as item where (item).id is not null));
  return query
    select code, case when id is not null then bank_internal.transfer_body(transfer) end, false,
           bank_internal.changed_accounts(array[debit_account_id, credit_account_id]), null::text, null::integer,
           case when position = 1 then v_unstored end
      from (select transfer, (transfer).*, row_number() over () as position
              from unnest(v_transfers) as transfer) as stored
     order by position;
end
$$;

grant execute on function bank.gather_transfers to bank_api;
