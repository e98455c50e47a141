-- Guarantees: returns the posted reversals of this transfer, oldest first.
create or replace function bank_internal.reversals_of(p_transfer_id uuid) returns uuid[]
  language sql stable
as $$
  select array(select id from bank.transfers
                where reverses_transfer_id = p_transfer_id and code is null order by id)
$$;
