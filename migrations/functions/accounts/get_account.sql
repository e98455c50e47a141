-- Guarantees: the account as of now, to its owner and to admins.
-- Raises: not_found.
create or replace function bank.get_account(p_actor jsonb, p_account_id uuid) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_answer bank.answer :=
    bank_internal.answer(bank_internal.account_json(bank_internal.require_account(p_actor, p_account_id)));
begin
  v_answer.cache_lifetime_ms := bank_internal.cache_lifetime_ms(array[p_account_id]);
  return v_answer;
end
$$;

grant execute on function bank.get_account to bank_api;
