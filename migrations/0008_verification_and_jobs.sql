set local role bank_owner;

-- How far the nightly verification has come in each account. It is a second place that stores the newest hash.
-- balance and held are stored too, so that the verification sees any change that bypassed the functions.
create table bank.verified_accounts (
  account_id uuid primary key,
  version bigint not null,
  balance bank.money not null,
  held bank.money not null,
  head_hash bank.hash,
  verified_at timestamptz not null
);

-- Balances of internal accounts up to a time, so that no balance is ever summed from the first entry. A checkpoint is
-- valid only after every transaction has ended that was running when it was taken. Until then balance is null.
create table bank.internal_balances (
  account_id uuid not null,
  counted_until timestamptz not null,
  settled_at_xid xid8 not null,
  balance numeric,
  primary key (account_id, counted_until)
);

-- The jobs that cron starts: where each continues, and when it last finished.
create table bank.jobs (
  name text primary key,
  position text,
  facts jsonb not null default '{}',
  succeeded_at timestamptz
);

reset role;
