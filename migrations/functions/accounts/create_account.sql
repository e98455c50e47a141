-- Guarantees: a new account with balance 0; the settlement account of its currency exists. For admins.
-- Raises: forbidden, not_found.
create or replace function bank.create_account(
  p_actor jsonb, p_customer_id uuid, p_currency text, p_name text, p_overdraft_limit bigint default 0
) returns bank.answer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_account bank.accounts;
begin
  perform bank_internal.require_admin(p_actor);
  perform bank_internal.require_customer(p_actor, p_customer_id);
  perform bank_internal.settlement_account_id(p_currency);
  insert into bank.accounts
    (id, customer_id, kind, name, currency, overdraft_limit, balance, version, created_at, updated_at)
  values (bank_internal.new_id(), p_customer_id, 'customer', p_name, p_currency, coalesce(p_overdraft_limit, 0), 0, 0,
          clock_timestamp(), clock_timestamp())
  returning * into v_account;
  return bank_internal.answer(
    bank_internal.account_json(v_account),
    bank_internal.changed_accounts(array[v_account.id]),
    null,
    bank_internal.audit(bank_internal.audit_event(p_actor, 'account.create', null, 'account', v_account.id)));
end
$$;

grant execute on function bank.create_account to bank_api;
