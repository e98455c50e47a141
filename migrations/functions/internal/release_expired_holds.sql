-- Guarantees: no hold of the account that has expired is active, and `held` counts only the active ones.
-- Returns the audit events of what it released, not yet stored. Needs the account's lock; locks nothing else.
create or replace function bank_internal.release_expired_holds(p_actor jsonb, p_account_id uuid) returns jsonb[]
  language plpgsql volatile
as $$
declare
  v_released bigint;
  v_events jsonb[];
begin
  with expired as (
    update bank.holds set status = 'expired'
     where debit_account_id = p_account_id and status = 'active' and expires_at <= clock_timestamp()
    returning id, amount)
  select coalesce(sum(amount), 0),
         array_agg(bank_internal.audit_event(p_actor, 'hold.expire', null, 'hold', id))
    into v_released, v_events from expired;
  if v_released > 0 then
    update bank.accounts set held = held - v_released where id = p_account_id;
  end if;
  return coalesce(v_events, '{}');
end
$$;
