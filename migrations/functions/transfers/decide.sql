-- Guarantees: returns the version, balance and hash that one movement leaves on each of the two
-- accounts. If p_code, the rule that the movement breaks, is not null, it returns only the decline.
-- Pure, so a single transfer and an item of a batch are decided alike. For an internal account all
-- three are null, because it has no version and no balance.
create or replace function bank_internal.decide(
  p_debit bank.accounts, p_credit bank.accounts, p_id uuid, p_at timestamptz, p_amount bigint,
  p_code text
) returns bank_internal.decision
  language sql immutable
as $$
  select case when p_code is null then row(
    p_id, null::text, p_at,
    p_debit.version + 1, p_debit.balance - p_amount, bank_internal.entry_hash(
      p_debit.head_hash, p_debit.id, p_credit.id, p_debit.version + 1, -p_amount,
      p_debit.balance - p_amount, p_id, p_at),
    p_credit.version + 1, p_credit.balance + p_amount, bank_internal.entry_hash(
      p_credit.head_hash, p_credit.id, p_debit.id, p_credit.version + 1, p_amount,
      p_credit.balance + p_amount, p_id, p_at)
  )::bank_internal.decision else row(
    p_id, p_code, p_at, null::bigint, null::bigint, null::bytea, null::bigint, null::bigint,
    null::bytea
  )::bank_internal.decision end
$$;
