set local role bank_owner;

-- No foreign key, no insert trigger, no deferred constraint: nothing here may fire after the block that
-- catches a failing insert, for auditing must never block money.
create table bank.audit_events (
  id uuid primary key,
  created_at timestamptz not null,
  actor_id uuid,
  actor_role text,
  action text not null,
  outcome text not null check (outcome in ('success', 'failure')),
  code text,
  target_type text,
  target_id uuid,
  request_id text,
  ip text,
  detail jsonb not null default '{}'
);

create index audit_events_actor_id on bank.audit_events (actor_id, id);
create index audit_events_target_id on bank.audit_events (target_id, id);

reset role;
