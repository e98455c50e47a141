-- Guarantees: the transfer, to admins and to whom may_see_transfer names.
-- Raises: not_found.
create or replace function bank.get_transfer(p_actor jsonb, p_transfer_id uuid) returns bank.answer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_transfer bank.transfers;
begin
  select * into v_transfer from bank.transfers where id = p_transfer_id;
  if v_transfer.id is null or not bank_internal.may_see_transfer(p_actor, v_transfer) then
    perform bank_internal.refuse('not_found');
  end if;
  return bank_internal.answer(bank_internal.transfer_json(v_transfer, bank_internal.reversals_of(p_transfer_id)));
end
$$;

grant execute on function bank.get_transfer to bank_api;
