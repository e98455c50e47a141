-- Guarantees: returns the newest p_limit transfers with the idempotency key before p_position, in
-- p_scope, or in every scope when it is null.
create or replace function bank_internal.transfers_with_key(
  p_idempotency_key text, p_scope uuid, p_account_id uuid, p_status text, p_from timestamptz,
  p_to timestamptz, p_position uuid, p_limit integer
) returns uuid[]
  language plpgsql stable
as $$
declare
  v_before_at constant timestamptz := (select created_at from bank.transfers where id = p_position);
begin
  return array(
    select id from bank.transfers
     where idempotency_key = p_idempotency_key
       and idempotency_scope >= coalesce(p_scope, '00000000-0000-0000-0000-000000000000')
       and idempotency_scope <= coalesce(p_scope, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
       and (p_account_id is null or p_account_id in (debit_account_id, credit_account_id))
       and (p_status is null or status = p_status)
       and (p_from is null or created_at >= p_from) and (p_to is null or created_at < p_to)
       and (p_position is null or (created_at, id) < (v_before_at, p_position))
     order by created_at desc, id desc limit p_limit);
end
$$;
