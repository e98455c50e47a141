set local role bank_owner;

-- How far the nightly verification has come in each account: a second place where the newest hash stands. held is
-- kept as well, so that any change of an account behind the functions' back is seen.
create table bank.verified_accounts (
  account_id uuid primary key,
  version bigint not null,
  balance bank.money not null,
  held bank.money not null,
  head_hash bank.hash,
  verified_at timestamptz not null
);

-- The balances of internal accounts up to a time, so that none is ever summed from its beginning. A checkpoint counts
-- once every transaction that was under way when it was taken has ended: until then balance is null.
create table bank.internal_balances (
  account_id uuid not null,
  counted_until timestamptz not null,
  settled_at_xid xid8 not null,
  balance numeric,
  primary key (account_id, counted_until)
);

-- What the clock starts: where each job goes on, and when it last came to its end.
create table bank.jobs (
  name text primary key,
  position text,
  facts jsonb not null default '{}',
  succeeded_at timestamptz
);

reset role;
