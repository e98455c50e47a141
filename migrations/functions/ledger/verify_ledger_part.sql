-- Guarantees: one part of a full verification, at most p_limit rows, and the position of the next part, null after the
-- last. Parts are bounded, so each ends within the time that a statement may take; each sees one moment. For admins.
-- Raises: forbidden.
create or replace function bank.verify_ledger_part(
  p_actor jsonb, p_position text default null, p_limit bigint default 20000
) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_place constant text[] := string_to_array(coalesce(p_position, 'entries'), ' ');
  v_rows jsonb;
  v_last jsonb;
  v_next text;
begin
  perform bank_internal.require_admin(p_actor);
  case v_place[1]
    when 'entries' then
      select jsonb_agg(part) into v_rows
        from bank_internal.violations_of_entries(v_place[2]::uuid, v_place[3]::bigint, p_limit) as part;
    when 'accounts' then
      select jsonb_agg(part) into v_rows
        from bank_internal.violations_of_accounts(v_place[2]::uuid, p_limit) as part;
    when 'transfers' then
      select jsonb_agg(part) into v_rows
        from bank_internal.violations_of_transfers(v_place[2]::uuid, p_limit) as part;
    when 'links' then
      select jsonb_agg(part) into v_rows from bank_internal.violations_of_links() as part;
    else
      select jsonb_agg(part) into v_rows from bank_internal.violations_of_currencies() as part;
  end case;
  v_last := jsonb_path_query_first(v_rows, '$[*] ? (@.rule == null && @.checked > 0)');
  v_next := case
    when (v_last ->> 'checked')::bigint >= p_limit
      then concat_ws(' ', v_place[1], v_last ->> 'last_account_id', v_last ->> 'last_version', v_last ->> 'last_id')
    else (array['accounts', 'transfers', 'links', 'currencies', null])[
      array_position(array['entries', 'accounts', 'transfers', 'links', 'currencies'], v_place[1])] end;
  return row(null, bank_internal.verified_json(v_place[1], v_rows)::text, false, '{}'::text[], v_next, 0, null)::bank.answer;
end
$$;

grant execute on function bank.verify_ledger_part to bank_api;
