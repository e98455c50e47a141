-- Guarantees: returns a hold in its JSON form, as of that time. From expires_at on it is shown as
-- expired, whether or not it is marked.
create or replace function bank_internal.hold_json(
  p_hold bank.holds, p_at timestamptz default clock_timestamp()
) returns json
  language sql stable
as $$
  select json_build_object(
    'id', p_hold.id, 'debit_account_id', p_hold.debit_account_id,
    'credit_account_id', p_hold.credit_account_id,
    'amount', p_hold.amount, 'captured_amount', p_hold.captured_amount, 'currency', p_hold.currency,
    'status', bank_internal.hold_status(p_hold, p_at), 'description', p_hold.description,
    'metadata', p_hold.metadata,
    'transfer_id', p_hold.transfer_id, 'created_by', p_hold.created_by,
    'expires_at', bank_internal.timestamp_text(p_hold.expires_at),
    'created_at', bank_internal.timestamp_text(p_hold.created_at))
$$;
