-- Guarantees: returns the customer account from a snapshot that has every entry up to and including
-- p_at that will ever exist. p_at must not be ahead of the clock. It takes no lock, so readers
-- never delay a writer.
-- Why: a transaction that writes an entry first locks the account's row, then reads the clock for
-- the entry, which is later than the row's updated_at, and keeps the lock until it commits. So
-- entries become visible in the order of their times. When this function reads the row, at most one
-- transaction can have an invisible entry with a time up to p_at: the one whose id is in the row's
-- xmax. Any transaction that locks the row later reads the clock later. So after that one
-- transaction has ended, a second read sees everything. pg_xact_status follows a subtransaction to
-- the end of its parent. xmax is never a multixact, because nothing takes a shared lock on an
-- account and no foreign key points at one. Volatile, so that each read has its own snapshot.
-- Raises: lock_not_available, after 2 s.
create or replace function bank_internal.settled_account(p_account_id uuid, p_at timestamptz)
  returns bank.accounts
  language plpgsql volatile
as $$
declare
  v_give_up_at constant timestamptz := clock_timestamp() + interval '2 seconds';
  v_look record;
  v_writer xid8;
begin
  select account, xmax::text::bigint as writer,
         pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_xid
    into strict v_look
    from bank.accounts as account where id = p_account_id;
  if v_look.writer = 0 or (v_look.account).updated_at >= p_at then
    return v_look.account;
  end if;
  -- xmax has only the low 32 bits of a transaction id. The id is less than 2^31 away from the next
  -- one.
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
