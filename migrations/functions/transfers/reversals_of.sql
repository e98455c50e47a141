-- Guarantees: the posted transfers that took back some of this one, oldest first.
create or replace function bank_internal.reversals_of(p_transfer_id uuid) returns uuid[]
  language sql stable
as $$
  select array(select id from bank.transfers
                where reverses_transfer_id = p_transfer_id and code is null order by id)
$$;
