-- Guarantees: returns the first rule, in this order, that forbids taking p_amount from the debited
-- account now, or null. p_debit.held must be the amount that its holds reserve at this time.
-- p_force lets the account fall below its limit, and skips no other rule.
create or replace function bank_internal.refusal_of(
  p_debit bank.accounts, p_credit bank.accounts, p_amount bigint, p_currency text,
  p_force boolean default false
) returns text
  language sql immutable
as $$
  select case
    when p_debit.id = p_credit.id then 'same_account'
    when p_debit.currency <> p_credit.currency or p_debit.currency <> p_currency
      then 'currency_mismatch'
    when p_debit.status = 'closed' or p_credit.status = 'closed' then 'account_closed'
    when p_debit.status = 'frozen' then 'account_frozen'
    when p_debit.customer_is_frozen then 'customer_frozen'
    when p_debit.balance - p_debit.held - p_amount < -p_debit.overdraft_limit and not p_force
      then 'insufficient_funds'
    when p_debit.balance - p_debit.held - p_amount < -9007199254740991
      or p_credit.balance + p_amount + p_credit.overdraft_limit > 9007199254740991
      then 'balance_out_of_range'
  end
$$;
