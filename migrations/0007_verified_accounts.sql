set local role bank_owner;

-- How far the nightly verification has come in each account. It is a second place where the newest hash stands.
create table bank.verified_accounts (
  account_id uuid primary key references bank.accounts (id) on delete restrict,
  version bigint not null check (version > 0),
  balance bank.money not null,
  head_hash bytea not null,
  verified_at timestamptz not null
);

reset role;
