-- Guarantees: the members given are changed, the others kept; closed is for ever, and needs balance 0 and no hold.
-- A limit lowered below what is overdrawn stands: it only stops further debits. For admins.
-- Locks: the account.
-- Raises: unauthenticated, forbidden, not_found, account_closed, account_not_empty, balance_out_of_range.
create or replace function bank.update_account(
  p_actor bank.actor, p_account_id uuid, p_name text default null, p_overdraft_limit bigint default null,
  p_status text default null
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before bank.accounts;
  v_after bank.accounts;
begin
  perform bank_internal.require_admin(p_actor);
  select * into v_before from bank.accounts where id = p_account_id and kind = 'customer' for no key update;
  if not found then
    perform bank_internal.refuse('not_found');
  elsif v_before.status = 'closed' then
    perform bank_internal.refuse('account_closed');
  elsif p_status = 'closed' and (v_before.balance <> 0 or bank_internal.held_at(p_account_id, clock_timestamp()) > 0) then
    perform bank_internal.refuse('account_not_empty');
  elsif v_before.balance + coalesce(p_overdraft_limit, 0) > 9007199254740991 then
    perform bank_internal.refuse('balance_out_of_range');
  end if;
  update bank.accounts
     set name = coalesce(p_name, name), overdraft_limit = coalesce(p_overdraft_limit, overdraft_limit),
         status = coalesce(p_status, status), permitted_floor = balance,
         updated_at = bank_internal.time_after(v_before, v_before)
   where id = p_account_id
  returning * into v_after;
  return bank_internal.answer(
    bank_internal.account_json(v_after),
    array['account:' || p_account_id, 'accounts:' || v_after.customer_id],
    null,
    bank_internal.audit(bank_internal.audit_event(
      p_actor, 'account.update', null, 'account', p_account_id,
      jsonb_build_object('before', bank_internal.account_settings(v_before),
                         'after', bank_internal.account_settings(v_after)))));
end
$$;

grant execute on function bank.update_account to bank_api;
