-- Guarantees: these customers' accounts stand still until the transaction ends, and holds on them that have
-- expired are released. Internal accounts are never locked. Returns the audit events of the expired holds,
-- for the caller to store with its own.
-- Locks: account rows `for no key update`, in id order, whatever the order asked for.
create or replace function bank_internal.lock_accounts(p_actor jsonb, p_account_ids uuid[]) returns jsonb[]
  language plpgsql volatile
as $$
declare
  v_account_id uuid;
  v_events jsonb[] := '{}';
begin
  perform from bank.accounts
    where id = any (p_account_ids) and kind = 'customer'
    order by id
      for no key update;
  -- A new statement, so that it sees what the lock's last owner left.
  for v_account_id in
    select id from bank.accounts where id = any (p_account_ids) and held > 0 order by id
  loop
    v_events := v_events || bank_internal.release_expired_holds(p_actor, v_account_id);
  end loop;
  return v_events;
end
$$;
