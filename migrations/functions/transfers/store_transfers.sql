-- Guarantees: the orders that were permitted are stored with what was decided on each, and every account stands as its
-- newest one leaves it. Answers the transfers in the order of the orders, null for one that is none.
-- Needs the locks of decide_transfers.
create or replace function bank_internal.store_transfers(
  p_orders bank_internal.transfer_order[], p_decisions bank_internal.decision[]
) returns bank.transfers[]
  language plpgsql volatile
as $$
declare
  v_transfers bank.transfers[];
begin
  with stored as (
    insert into bank.transfers (
      id, kind, status, code, debit_account_id, credit_account_id, amount, currency, description, metadata,
      idempotency_scope, idempotency_key, batch_index, request_hash, hold_id, reverses_transfer_id,
      debit_version, debit_balance, debit_hash, credit_version, credit_balance, credit_hash, created_by, created_at)
    select id, 'transfer', case when code is null then 'posted' else 'declined' end, code,
           debit_account_id, credit_account_id, amount, currency, description, metadata,
           bank_internal.scope_of(actor), idempotency_key, batch_index, request_hash, null, null,
           debit_version, debit_balance, debit_hash, credit_version, credit_balance, credit_hash,
           (actor).user_id, created_at
      from unnest(p_orders, p_decisions) as item
     where id is not null
    returning *
  )
  select array_agg(stored order by item.ordinality) into v_transfers
    from unnest(p_decisions) with ordinality as item left join stored on stored.id = item.id;

  update bank.accounts as account
     set balance = newest.balance, version = newest.version, head_hash = newest.hash, updated_at = newest.created_at
    from (select distinct on (leg.account_id) leg.*, created_at
            from unnest(p_orders, p_decisions) as item
           cross join lateral (values
             (debit_account_id, debit_version, debit_balance, debit_hash),
             (credit_account_id, credit_version, credit_balance, credit_hash)
           ) as leg (account_id, version, balance, hash)
           where leg.version is not null
           order by leg.account_id, leg.version desc) as newest
   where account.id = newest.account_id;
  return v_transfers;
end
$$;
