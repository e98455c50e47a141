set local role bank_owner;

-- No foreign key, no insert trigger, no deferred constraint: nothing may fire after the block that catches a failing
-- insert, because auditing must never block money.
-- Partitioned by id, whose first 48 bits are its milliseconds (UUIDv7), so that whole months can be dropped.
-- The event of a transfer has the id of the transfer, so it is stored once, however often storing is tried.
create table bank.audit_events (
  id uuid primary key,
  created_at timestamptz not null,
  actor_id uuid,
  actor_role text,
  action text not null,
  outcome text not null,
  code text,
  target_type text,
  target_id uuid,
  request_id text,
  ip text,
  detail jsonb
) partition by range (id);

create table bank.audit_events_other partition of bank.audit_events default;

-- Besides the primary key, this is the only index that every event writes to.
create index audit_events_actor_id on bank.audit_events (actor_id, id);
create index audit_events_action on bank.audit_events (action, id) where action <> 'transfer.create';
create index audit_events_target_id on bank.audit_events (target_id, id) where target_id <> id;
create index audit_events_failures on bank.audit_events (id) where outcome = 'failure';

-- Refusals of one caller and target within one minute: the first is stored as an event at once, the others are
-- counted here.
create table bank.access_refusals (
  actor_id uuid not null,
  code text not null,
  target_type text not null,
  target_id uuid not null,
  minute timestamptz not null,
  actor_role text,
  count integer not null default 1,
  primary key (actor_id, code, target_type, target_id, minute)
);

reset role;
