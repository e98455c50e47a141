-- Guarantees: decides the orders in their order. Each sees the balances that the earlier ones left.
-- Returns the transfers to store, and all accounts as the transfers leave them. Nothing is stored
-- here. An order that is not permitted becomes not_found, and its transfer has no id.
-- Locks: the accounts of all permitted orders in id order, before anything is decided.
create or replace function bank_internal.decide_transfers(
  p_orders bank_internal.transfer_order[], out o_transfers bank.transfers[],
  out o_accounts bank.accounts[]
)
  language plpgsql volatile
as $$
declare
  v_account_ids uuid[];
  v_at timestamptz;
  v_order bank_internal.transfer_order;
  v_debit_place integer;
  v_credit_place integer;
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_id uuid;
  v_code text;
  v_decision bank_internal.decision;
  v_transfer bank.transfers;
begin
  -- A row that this statement had to wait for is read as the previous owner of its lock left it.
  o_accounts := array(
    select account from bank.accounts as account
     where kind = 'customer' and id = any (array(
       select unnest(array[debit_account_id, credit_account_id])
         from unnest(p_orders) where is_permitted))
     order by id
       for no key update);
  v_account_ids := array(select id from unnest(o_accounts));
  v_at := greatest(clock_timestamp(), (select max(updated_at) from unnest(o_accounts)));
  for v_place in 1 .. cardinality(o_accounts) loop
    if o_accounts[v_place].held > 0 then
      o_accounts[v_place].held := bank_internal.held_at(v_account_ids[v_place], v_at);
    end if;
  end loop;

  foreach v_order in array p_orders loop
    v_transfer := null;
    if not v_order.is_permitted then
      v_transfer.code := 'not_found';
      v_transfer.debit_account_id := v_order.debit_account_id;
    else
      v_at := v_at + interval '1 microsecond';
      -- A binary search, because the ids are sorted.
      v_debit_place := width_bucket(v_order.debit_account_id, v_account_ids);
      v_credit_place := width_bucket(v_order.credit_account_id, v_account_ids);
      v_debit := o_accounts[v_debit_place];
      v_credit := o_accounts[v_credit_place];
      v_id := bank_internal.new_id(v_at);
      v_code := bank_internal.refusal_of(v_debit, v_credit, v_order.amount, v_order.currency);
      v_decision := bank_internal.decide(v_debit, v_credit, v_id, v_at, v_order.amount, v_code);
      v_transfer := bank_internal.ordered_transfer(v_order, v_decision);
      if v_code is null then
        v_debit.balance := v_decision.debit_balance;
        v_debit.version := v_decision.debit_version;
        v_debit.head_hash := v_decision.debit_hash;
        v_debit.updated_at := v_at;
        v_credit.balance := v_decision.credit_balance;
        v_credit.version := v_decision.credit_version;
        v_credit.head_hash := v_decision.credit_hash;
        v_credit.updated_at := v_at;
        o_accounts[v_debit_place] := v_debit;
        o_accounts[v_credit_place] := v_credit;
      end if;
    end if;
    o_transfers := o_transfers || v_transfer;
  end loop;
end
$$;
