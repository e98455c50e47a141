-- Guarantees: what a customer account's statement says beside its entries: the balance before the first entry of the
-- span and after its last one, and that one's version.
create or replace function bank_internal.statement_facts(
  p_account_id uuid, p_from timestamptz, p_to timestamptz
) returns jsonb
  language sql stable
as $$
  select jsonb_build_object(
    'opening_balance', coalesce((select balance_after from bank.entries
      where account_id = p_account_id and account_version = opening_version), 0),
    'closing_balance', coalesce((select balance_after from bank.entries
      where account_id = p_account_id and account_version = closing_version), 0))
    from (select bank_internal.version_at(p_account_id, p_from - interval '1 microsecond') as opening_version,
                 bank_internal.version_at(
                   p_account_id, coalesce(p_to - interval '1 microsecond', 'infinity')) as closing_version) as span
$$;
