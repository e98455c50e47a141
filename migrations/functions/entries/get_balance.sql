-- Guarantees: returns the balance of the account at p_at, or now when p_at is null. For a customer
-- account the answer never changes afterwards: see settled_account. Before the account was opened,
-- the balance is 0. A time up to 5 seconds ahead of the clock means now, because the caller's clock
-- may be ahead. An internal account is never locked, so postings that are under way may still
-- change its balance.
-- Raises: unauthenticated, not_found, validation_failed, lock_not_available.
create or replace function bank.get_balance(
  p_actor bank.actor, p_account_id uuid, p_at timestamptz default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_at timestamptz := least(p_at, v_now);
  v_account bank.accounts := bank_internal.require_account(p_actor, p_account_id);
  v_version bigint := 0;
  v_balance numeric;
begin
  if p_at > v_now + interval '5 seconds' then
    perform bank_internal.refuse_value('at', 'is in the future');
  end if;
  if v_account.kind = 'internal' then
    v_balance := bank_internal.internal_balance_at(
      p_account_id, case when p_at is null then 'infinity' else v_at end);
  else
    v_account := bank_internal.settled_account(p_account_id, v_at);
    if p_at is null then
      -- If the clock was set back, the newest entries are later than now. They still count.
      v_at := greatest(v_at, v_account.updated_at);
    end if;
    if v_account.updated_at <= v_at then
      v_version := v_account.version;
      v_balance := v_account.balance;
    else
      v_version := bank_internal.version_at(p_account_id, v_at);
      v_balance := bank_internal.balance_of_version(p_account_id, v_version);
    end if;
  end if;
  return bank_internal.answer(json_build_object(
    'account_id', p_account_id, 'at', bank_internal.timestamp_text(v_at), 'balance', v_balance,
    'currency', v_account.currency, 'version', v_version));
end
$$;

grant execute on function bank.get_balance to bank_api;
