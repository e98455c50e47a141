-- Guarantees: what becomes of each order, in their order, each on the balances that those before it left. Nothing is
-- stored. An order that is not permitted is not_found.
-- Locks: the accounts of all permitted orders in id order, before anything is decided.
create or replace function bank_internal.decide_transfers(p_orders bank_internal.transfer_order[])
  returns bank_internal.decision[]
  language plpgsql volatile
as $$
declare
  v_account_ids constant uuid[] := array(
    select debit_account_id from unnest(p_orders) where is_permitted
    union select credit_account_id from unnest(p_orders) where is_permitted);
  v_accounts bank.accounts[];
  v_at timestamptz;
  v_item record;
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_id uuid;
  v_code text;
  v_decision bank_internal.decision;
  v_decisions bank_internal.decision[] := '{}';
begin
  perform bank_internal.lock_accounts(v_account_ids);
  v_at := greatest(clock_timestamp(), (
    select max(updated_at) from bank.accounts where id = any (v_account_ids) and kind = 'customer'));
  -- A new statement, so that it sees what the locks' last owners left.
  v_accounts := array(
    select (id, customer_id, kind, name, currency, status, customer_is_frozen, overdraft_limit, balance,
            case when held > 0 then bank_internal.held_at(id, v_at) else 0 end,
            permitted_floor, version, head_hash, created_at, updated_at)::bank.accounts
      from bank.accounts where id = any (v_account_ids) order by id);
  for v_item in
    select item.amount, item.currency, item.is_permitted,
           debit.ordinality::integer as debit, credit.ordinality::integer as credit
      from unnest(p_orders) with ordinality as item
      left join unnest(v_accounts) with ordinality as debit on debit.id = item.debit_account_id
      left join unnest(v_accounts) with ordinality as credit on credit.id = item.credit_account_id
     order by item.ordinality
  loop
    if not v_item.is_permitted then
      v_decision := null;
      v_decision.code := 'not_found';
    else
      v_at := v_at + interval '1 microsecond';
      v_debit := v_accounts[v_item.debit];
      v_credit := v_accounts[v_item.credit];
      v_id := bank_internal.new_id(v_at);
      v_code := bank_internal.refusal_of(v_debit, v_credit, v_item.amount, v_item.currency);
      v_decision := bank_internal.decide(v_debit, v_credit, v_id, v_at, v_item.amount, v_code);
      if v_decision.code is null then
        v_accounts[v_item.debit].balance := v_decision.debit_balance;
        v_accounts[v_item.debit].version := v_decision.debit_version;
        v_accounts[v_item.debit].head_hash := v_decision.debit_hash;
        v_accounts[v_item.credit].balance := v_decision.credit_balance;
        v_accounts[v_item.credit].version := v_decision.credit_version;
        v_accounts[v_item.credit].head_hash := v_decision.credit_hash;
      end if;
    end if;
    v_decisions := v_decisions || v_decision;
  end loop;
  return v_decisions;
end
$$;
