set local role bank_owner;

-- Has one row while the bank is read-only: see bank_internal.set_read_only.
create table bank.read_only (
  is_on boolean primary key default true check (is_on),
  since timestamptz not null default clock_timestamp()
);

-- ran_at is when the last cron run of the job ended without an error. For the endless verification, a run is one part
-- and not a whole round. A job is late when its last run is longer ago than late_after. A job that has never run
-- counts from this migration on.
alter table bank.jobs add column ran_at timestamptz;
alter table bank.jobs add column late_after interval;

insert into bank.jobs (name, ran_at, late_after)
values
  ('expire_holds', clock_timestamp(), '10 minutes'),
  ('checkpoint_internal_balances', clock_timestamp(), '10 minutes'),
  ('flush_access_refusals', clock_timestamp(), '10 minutes'),
  ('verify_ledger', clock_timestamp(), '10 minutes'),
  ('verify_new_entries', clock_timestamp(), '26 hours'),
  ('prepare_audit_partitions', clock_timestamp(), '26 hours'),
  ('check_limits', clock_timestamp(), '26 hours')
on conflict (name) do update set ran_at = excluded.ran_at, late_after = excluded.late_after;

reset role;
