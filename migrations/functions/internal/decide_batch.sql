-- Guarantees: the transfers of a batch with their outcomes, in order, each decided by refusal_of on the balances that
-- those before it left, and the entries of those that post. Nothing is stored. An item that the actor may not ask for
-- has code not_found and no id.
-- Needs the locks of lock_accounts on all accounts of the batch.
create or replace function bank_internal.decide_batch(
  p_actor jsonb, p_idempotency_key text, p_transfers jsonb, p_account_ids uuid[],
  out transfers bank.transfers[], out entries bank.entries[]
)
  language plpgsql volatile
as $$
declare
  v_accounts bank.accounts[] := bank_internal.accounts_of(p_account_ids);
  v_statuses constant text[] := bank_internal.customer_statuses_of(p_account_ids);
  v_transfer bank.transfers := bank_internal.transfer_order(
    p_actor, p_idempotency_key, 'transfer', null, null, null, null, null);
  v_debit bank.accounts;
  v_credit bank.accounts;
  v_item record;
begin
  v_transfer.created_at := greatest(clock_timestamp(), (select max(last_entry_at) from unnest(v_accounts)));
  for v_item in select * from bank_internal.batch_items(p_actor, p_transfers, p_account_ids) loop
    v_debit := v_accounts[v_item.debit];
    v_credit := v_accounts[v_item.credit];
    v_transfer.id := case when v_debit.id is not null and v_credit.id is not null then bank_internal.new_id() end;
    v_transfer.batch_index := v_item.batch_index;
    v_transfer.debit_account_id := v_item.debit_account_id;
    v_transfer.credit_account_id := v_item.credit_account_id;
    v_transfer.amount := v_item.amount;
    v_transfer.currency := coalesce(v_item.currency, v_debit.currency);
    v_transfer.description := v_item.description;
    v_transfer.metadata := v_item.metadata;
    v_transfer.code := case when v_transfer.id is null then 'not_found' else bank_internal.refusal_of(
      v_debit, v_credit, v_statuses[v_item.debit], v_item.amount, v_transfer.currency) end;
    v_transfer.status := case when v_transfer.code is null then 'posted' else 'declined' end;
    transfers := transfers || v_transfer;
    if v_transfer.status = 'posted' then
      entries := entries || bank_internal.next_entry(v_debit, v_transfer, -v_item.amount);
      v_accounts[v_item.debit] := bank_internal.account_after(v_debit, entries[cardinality(entries)]);
      entries := entries || bank_internal.next_entry(v_credit, v_transfer, v_item.amount);
      v_accounts[v_item.credit] := bank_internal.account_after(v_credit, entries[cardinality(entries)]);
    end if;
  end loop;
end
$$;
