-- Guarantees: returns an account in its JSON form. An expired hold no longer counts as held,
-- whether or not it is marked as expired. The balance of an internal account is the sum of its
-- entries, or null when that sum is beyond the exact integers.
create or replace function bank_internal.account_json(p_account bank.accounts) returns json
  language plpgsql stable
as $$
declare
  v_balance numeric := p_account.balance;
  v_held constant bigint := case when p_account.held > 0
    then bank_internal.held_at(p_account.id, clock_timestamp()) else 0 end;
begin
  if p_account.kind = 'internal' then
    v_balance := bank_internal.internal_balance_at(p_account.id, 'infinity');
  end if;
  return json_build_object(
    'id', p_account.id, 'customer_id', p_account.customer_id, 'kind', p_account.kind,
    'name', p_account.name, 'currency', p_account.currency, 'balance', v_balance, 'held', v_held,
    'available', v_balance - v_held + p_account.overdraft_limit,
    'overdraft_limit', p_account.overdraft_limit,
    'status', p_account.status, 'version', coalesce(p_account.version, 0),
    'head_hash', encode(p_account.head_hash, 'hex'),
    'created_at', bank_internal.timestamp_text(p_account.created_at),
    'updated_at', bank_internal.timestamp_text(p_account.updated_at));
end
$$;
