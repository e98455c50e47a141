-- Guarantees: stores the decided transfers, except those without an id, and updates every account
-- that moved. The caller must hold the locks of decide_transfers.
create or replace function bank_internal.store_transfers(
  p_transfers bank.transfers[], p_accounts bank.accounts[]
) returns void
  language plpgsql volatile
as $$
begin
  insert into bank.transfers
  select transfer.* from unnest(p_transfers) as transfer where id is not null;
  update bank.accounts as account
     set balance = newest.balance, version = newest.version, head_hash = newest.head_hash,
         updated_at = newest.updated_at
    from unnest(p_accounts) as newest
   where account.id = newest.id and account.version < newest.version;
end
$$;
