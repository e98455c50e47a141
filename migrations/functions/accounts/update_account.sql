-- Guarantees: changes the settings that are given and keeps the others. Closing is permanent and
-- needs balance 0 and no active hold. It sets the overdraft limit to 0, so that nothing is
-- available on a closed account. A limit may be set below what is already overdrawn: it then only
-- stops further debits. With a key, the change is decided once. A decline changes nothing. For
-- admins.
-- Locks: the idempotency key, then the account.
-- Raises: unauthenticated, forbidden, not_found, idempotency_key_reused, idempotency_key_in_use.
-- Declines: precondition_failed (it claims no key), account_closed, account_not_empty,
-- balance_out_of_range.
create or replace function bank.update_account(
  p_actor bank.actor, p_account_id uuid, p_name text default null,
  p_overdraft_limit bigint default null, p_status text default null,
  p_idempotency_key text default null, p_preconditions jsonb default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_request_hash constant bytea := sha256(record_send(row(
    'account.update'::text, p_account_id, p_name, p_overdraft_limit, p_status)));
  v_before bank.accounts;
  v_after bank.accounts;
  v_code text;
begin
  perform bank_internal.require_admin(p_actor);
  if bank_internal.begin_request(p_actor, p_idempotency_key) then
    return bank_internal.replay(p_actor, p_idempotency_key, v_request_hash);
  end if;
  select * into v_before from bank.accounts
   where id = p_account_id and kind = 'customer' for no key update;
  if not found then
    perform bank_internal.refuse('not_found');
  end if;
  if p_preconditions is not null and not bank_internal.meets_preconditions(
    p_preconditions, bank_internal.account_json(v_before)::text)
  then
    return bank_internal.precondition_failed(p_actor, 'account.update', p_account_id);
  end if;
  v_code := case
    when v_before.status = 'closed' then 'account_closed'
    when p_status = 'closed' and (
      v_before.balance <> 0 or bank_internal.held_at(p_account_id, clock_timestamp()) > 0)
      then 'account_not_empty'
    when v_before.balance + coalesce(p_overdraft_limit, 0) > 9007199254740991
      then 'balance_out_of_range' end;
  v_after := v_before;
  if v_code is null then
    update bank.accounts
       set name = coalesce(p_name, name),
           overdraft_limit = case when p_status = 'closed' then 0
                                  else coalesce(p_overdraft_limit, overdraft_limit) end,
           status = coalesce(p_status, status), permitted_floor = balance,
           updated_at = bank_internal.time_after(v_before, v_before)
     where id = p_account_id
    returning * into v_after;
  end if;
  return bank_internal.keep_answer(
    p_actor, p_idempotency_key, 'account.update', v_request_hash, bank_internal.answer(
      case when v_code is null then bank_internal.account_json(v_after) else '{}' end,
      array['account:' || p_account_id, 'accounts:' || v_after.customer_id],
      v_code,
      bank_internal.audit(bank_internal.audit_event(
        p_actor, 'account.update', v_code, 'account', p_account_id,
        jsonb_build_object('before', bank_internal.account_settings(v_before),
                           'after', bank_internal.account_settings(v_after))))));
end
$$;

grant execute on function bank.update_account to bank_api;
