-- Guarantees: the balance that the account had at p_at, and for a customer account the same answer for ever: the shared
-- lock waits for postings under way, which may bear an earlier time, and later ones bear a later time. The balance of
-- an internal account, which is never locked, may still grow by postings under way.
-- Locks: the account, shared.
-- Raises: not_found, validation_failed.
create or replace function bank.get_balance(p_actor jsonb, p_account_id uuid, p_at timestamptz) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account bank.accounts := bank_internal.require_account(p_actor, p_account_id);
  v_version bigint := 0;
  v_balance numeric;
begin
  if p_at > clock_timestamp() then
    perform bank_internal.refuse_value('at', 'is in the future');
  elsif p_at < v_account.created_at then
    perform bank_internal.refuse_value('at', 'is before the account was opened');
  end if;
  if v_account.kind = 'internal' then
    select coalesce(sum(amount), 0) into v_balance from bank.entries
     where account_id = p_account_id and account_version is null and created_at <= p_at;
    v_balance := case when abs(v_balance) <= 9007199254740991 then v_balance end;
  else
    perform from bank.accounts where id = p_account_id for share;
    v_version := bank_internal.version_at(p_account_id, p_at);
    v_balance := coalesce((select balance_after from bank.entries
                            where account_id = p_account_id and account_version = v_version), 0);
  end if;
  return bank_internal.answer(json_build_object(
    'account_id', p_account_id, 'at', bank_internal.timestamp_text(p_at), 'balance', v_balance,
    'currency', v_account.currency, 'version', v_version));
end
$$;

grant execute on function bank.get_balance to bank_api;
