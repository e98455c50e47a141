-- Guarantees: returns one part of a full verification and the position of the next part, or null
-- after the last. For admins.
-- Raises: unauthenticated, forbidden.
create or replace function bank.verify_ledger_part(
  p_actor bank.actor, p_position text default null, p_limit bigint default 10000
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  v_part record;
begin
  perform bank_internal.require_admin(p_actor);
  v_part := bank_internal.part_of_ledger(p_position, p_limit);
  return row(
    null, jsonb_build_object('checked', v_part.checked, 'violations', v_part.violations)::text,
    false, '{}'::text[], v_part.next_position, 0, null)::bank.answer;
end
$$;

grant execute on function bank.verify_ledger_part to bank_api;
