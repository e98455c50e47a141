-- Guarantees: the transfer as asked for in p_order is stored with its outcome, and when it posts, its entries with
-- it. Its time is read under the locks and never before an account's newest entry, so histories are in order.
-- An order that comes with a code is declined for it. p_reserved is the hold that this transfer captures: it is freed
-- when the transfer posts. p_force lets the debited account fall below its limit, and notes how far.
-- Needs the locks of lock_accounts on both accounts.
create or replace function bank_internal.decide_transfer(
  p_order bank.transfers, p_force boolean default false, p_reserved bigint default 0
) returns bank.transfers
  language plpgsql volatile
as $$
declare
  v_transfer bank.transfers := p_order;
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_debit_customer_status text;
begin
  select * into strict v_debit from bank.accounts where id = p_order.debit_account_id;
  select * into strict v_credit from bank.accounts where id = p_order.credit_account_id;
  select status into v_debit_customer_status from bank.customers where id = v_debit.customer_id;
  v_debit.held := v_debit.held - p_reserved;
  v_transfer.currency := coalesce(p_order.currency, v_debit.currency);
  v_transfer.code := coalesce(p_order.code, bank_internal.refusal_of(
    v_debit, v_credit, v_debit_customer_status, p_order.amount, v_transfer.currency, p_force));
  v_transfer.status := case when v_transfer.code is null then 'posted' else 'declined' end;
  v_transfer.id := bank_internal.new_id();
  v_transfer.created_at := greatest(clock_timestamp(), v_debit.last_entry_at, v_credit.last_entry_at);
  insert into bank.transfers select v_transfer.*;
  if v_transfer.status = 'posted' then
    if p_force or p_reserved > 0 then
      update bank.accounts
         set held = v_debit.held,
             permitted_floor = least(permitted_floor, v_debit.balance - v_debit.held - p_order.amount)
       where id = v_debit.id and kind = 'customer';
    end if;
    perform bank_internal.post_entries(array[
      bank_internal.next_entry(v_debit, v_transfer, -p_order.amount),
      bank_internal.next_entry(v_credit, v_transfer, p_order.amount)]);
  end if;
  return v_transfer;
end
$$;
