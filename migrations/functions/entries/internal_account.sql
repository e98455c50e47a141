-- Guarantees: returns the internal account without a lock. Its updated_at is not before the newest
-- checkpoint of its balance. So its next entry is later than everything that a checkpoint has
-- counted, even if the clock was set back.
create or replace function bank_internal.internal_account(p_account_id uuid) returns bank.accounts
  language plpgsql stable
as $$
declare
  v_account bank.accounts;
begin
  select * into strict v_account from bank.accounts where id = p_account_id;
  v_account.updated_at := greatest(
    v_account.updated_at,
    (select max(counted_until) from bank.internal_balances where account_id = p_account_id));
  return v_account;
end
$$;
