-- Guarantees: the customer account as it stands in a snapshot that holds every entry it will ever have up to and at
-- p_at, which must not lie ahead of the clock. Takes no lock, so readers delay no writer.
-- Why that holds: whoever writes an entry locks the account's row, then reads the clock for the entry, later than
-- the row's updated_at, and keeps the lock until it commits. So entries become visible in the order of their times.
-- When the row is read here, one transaction at the most can have stamped an entry up to p_at that is not visible
-- yet: the one whose id stands in the row's xmax. Whoever locks the row after it reads the clock after that. So
-- once that transaction has ended, one more look sees all. pg_xact_status follows a subtransaction to the end of
-- its parent.
-- Nobody takes a shared lock on an account, and no foreign key points at one, so xmax is never a multixact.
-- Volatile, so that each look has a snapshot of its own.
-- Raises: lock_not_available, after 2 s.
create or replace function bank_internal.settled_account(p_account_id uuid, p_at timestamptz) returns bank.accounts
  language plpgsql volatile
as $$
declare
  v_give_up_at constant timestamptz := clock_timestamp() + interval '2 seconds';
  v_look record;
  v_writer xid8;
begin
  select account, xmax::text::bigint as writer, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_xid
    into strict v_look
    from bank.accounts as account where id = p_account_id;
  if v_look.writer = 0 or (v_look.account).updated_at >= p_at then
    return v_look.account;
  end if;
  -- xmax holds the low 32 bits of an id that is near the next one: less than 2^31 away.
  v_writer := (v_look.next_xid + 2147483648
    - ((v_look.next_xid + 2147483648 - v_look.writer) & 4294967295))::text::xid8;
  while pg_xact_status(v_writer) = 'in progress' loop
    if clock_timestamp() > v_give_up_at then
      raise lock_not_available using message = 'a posting of the account is under way';
    end if;
    perform pg_sleep(0.001);
  end loop;
  select account into strict v_look from bank.accounts as account where id = p_account_id;
  return v_look.account;
end
$$;
