-- Guarantees: the transfer as asked for in p_order is stored with its outcome, and when it posts, its entries with
-- it. Its time is read under the locks and never before an account's newest entry, so histories are in order.
-- Needs the locks of lock_accounts on both accounts.
create or replace function bank_internal.decide_transfer(p_order bank.transfers, p_force boolean default false)
  returns bank.transfers
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
  v_transfer.currency := coalesce(p_order.currency, v_debit.currency);
  v_transfer.code := bank_internal.refusal_of(
    v_debit, v_credit, v_debit_customer_status, p_order.amount, v_transfer.currency, p_force);
  v_transfer.status := case when v_transfer.code is null then 'posted' else 'declined' end;
  v_transfer.id := bank_internal.new_id();
  v_transfer.created_at := greatest(clock_timestamp(), v_debit.last_entry_at, v_credit.last_entry_at);
  insert into bank.transfers select v_transfer.*;
  if v_transfer.status = 'posted' then
    perform bank_internal.post_entries(v_transfer);
  end if;
  return v_transfer;
end
$$;
