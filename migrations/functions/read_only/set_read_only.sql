-- Guarantees: after the commit, no new call of the Worker's role changes the ledger (on), or every
-- call may again (off). This holds for every caller everywhere, because the switch revokes or
-- grants the role's right to execute. So it costs a transfer nothing. Calls that began earlier run
-- to their end. For the owner: npm run read-only.
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
