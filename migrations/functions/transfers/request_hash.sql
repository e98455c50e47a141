-- Guarantees: returns the fingerprint of a transfer request. It is the same whether the request
-- comes alone or gathered with others.
create or replace function bank_internal.request_hash(
  p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text,
  p_description text, p_metadata jsonb
) returns bytea
  language sql stable
as $$
  select sha256(record_send(row(
    'transfer'::text, p_debit_account_id, p_credit_account_id, p_amount, p_currency,
    p_description, p_metadata)))
$$;
