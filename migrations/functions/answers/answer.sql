-- Guarantees: builds an answer without a list position. Its body may be cached for the default
-- lifetime.
create or replace function bank_internal.answer(
  p_body json, p_changed text[] default '{}', p_code text default null,
  p_unstored_audit_events jsonb default null
) returns bank.answer
  language sql immutable
as $$
  select row(
    p_code, p_body::text, false, p_changed, null, null, p_unstored_audit_events::text)::bank.answer
$$;
