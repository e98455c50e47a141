-- Guarantees: from the commit on, no call of the Worker's role that begins changes the ledger (on), or each does again
-- (off), whoever makes it and wherever: the role's right to execute is taken and given, so the switch costs a transfer
-- nothing. Calls that began before go on to their end. For the owner: npm run read-only.
create or replace function bank_internal.set_read_only(p_is_on boolean) returns void
  language plpgsql volatile
as $$
begin
  if p_is_on then
    insert into bank.read_only default values on conflict do nothing;
  else
    delete from bank.read_only;
  end if;
  perform bank_internal.apply_read_only();
end
$$;
