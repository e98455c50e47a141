-- Guarantees: returns the balance after the account's entry with this version, or 0 when there is
-- no such entry.
create or replace function bank_internal.balance_of_version(p_account_id uuid, p_version bigint)
  returns bigint
  language plpgsql stable
as $$
begin
  return coalesce(
    (select debit_balance from bank.transfers
      where debit_account_id = p_account_id and debit_version = p_version),
    (select credit_balance from bank.transfers
      where credit_account_id = p_account_id and credit_version = p_version),
    0);
end
$$;
