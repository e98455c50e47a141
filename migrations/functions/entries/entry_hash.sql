-- Guarantees: returns the hash of one entry in its account's chain: sha256 over the previous hash
-- (32 zero bytes before the first entry) and the fields of the entry. Every field has a fixed
-- width, so two different entries never hash the same bytes. Integers are 8 bytes, big-endian. The
-- time is its microseconds since 2000-01-01T00:00:00Z.
create or replace function bank_internal.entry_hash(
  p_previous_hash bytea, p_account_id uuid, p_counterparty_account_id uuid,
  p_account_version bigint, p_amount bigint, p_balance_after bigint, p_transfer_id uuid,
  p_created_at timestamptz
) returns bytea
  language sql immutable parallel safe
as $$
  select sha256(
    coalesce(
      p_previous_hash,
      '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea)
    || uuid_send(p_account_id) || uuid_send(p_counterparty_account_id)
    || int8send(p_account_version) || int8send(p_amount) || int8send(p_balance_after)
    || uuid_send(p_transfer_id) || timestamptz_send(p_created_at))
$$;
