set local role bank_owner;

-- The ids that the edge gave to refusals that were counted in access_refusals within the last hours. A queue message
-- may be delivered twice, and is counted once.
create table bank.counted_refusals (
  id uuid primary key
);

-- Months whose audit events have been exported and dropped, so that their events are not made again.
create table bank.archived_audit_months (
  month date primary key,
  archived_at timestamptz not null default clock_timestamp()
);

insert into bank.jobs (name, ran_at, late_after) values ('backfill_audit_events', clock_timestamp(), '10 minutes')
on conflict (name) do update set ran_at = excluded.ran_at, late_after = excluded.late_after;

reset role;
