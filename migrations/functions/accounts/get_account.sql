-- Guarantees: returns the account as of now, to its owner and to admins. An internal account is
-- never cached.
-- Raises: unauthenticated, not_found.
create or replace function bank.get_account(p_actor bank.actor, p_account_id uuid)
  returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account constant bank.accounts := bank_internal.require_account(p_actor, p_account_id);
  -- Read before the body: if a hold expires between the two, the lifetime is too short, but the
  -- body is not stale.
  v_cache_lifetime_ms constant integer := case
    when v_account.kind = 'internal' then 0
    else bank_internal.cache_lifetime_ms(array[p_account_id]) end;
  v_answer bank.answer := bank_internal.answer(bank_internal.account_json(v_account));
begin
  v_answer.cache_lifetime_ms := v_cache_lifetime_ms;
  return v_answer;
end
$$;

grant execute on function bank.get_account to bank_api;
