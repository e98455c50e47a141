-- Guarantees: returns the sum of an internal account's entries after p_after, up to and including
-- p_until. The query names all the kinds that exist, so that it can use the index for the time.
create or replace function bank_internal.internal_movement(
  p_account_id uuid, p_after timestamptz, p_until timestamptz
) returns numeric
  language plpgsql stable
as $$
begin
  return (
    select coalesce(sum(amount), 0) from bank.transfers
     where credit_account_id = p_account_id and credit_version is null and status = 'posted'
       and kind = any ('{transfer,credit,debit,capture,reversal}')
       and created_at > p_after and created_at <= p_until
  ) - (
    select coalesce(sum(amount), 0) from bank.transfers
     where debit_account_id = p_account_id and debit_version is null and status = 'posted'
       and created_at > p_after and created_at <= p_until
  );
end
$$;
