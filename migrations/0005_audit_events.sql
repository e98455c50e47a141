set local role bank_owner;

-- No foreign key, no insert trigger, no deferred constraint: nothing here may fire after the block that
-- catches a failing insert, for auditing must never block money.
-- Partitioned by id, whose first 48 bits are the milliseconds of its time (UUIDv7), so that whole months can leave.
-- The event of a transfer has the transfer's id: it is stored once however often it is tried.
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

-- The only index beside the key that every event feeds.
create index audit_events_actor_id on bank.audit_events (actor_id, id);
create index audit_events_action on bank.audit_events (action, id) where action <> 'transfer.create';
create index audit_events_target_id on bank.audit_events (target_id, id) where target_id <> id;
create index audit_events_failures on bank.audit_events (id) where outcome = 'failure';

-- Refusals of one caller and target within one minute: the first is an event at once, the others are counted here.
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
