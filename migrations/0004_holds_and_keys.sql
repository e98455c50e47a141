set local role bank_owner;

create table bank.holds (
  id uuid primary key,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.amount not null,
  captured_amount bank.money not null default 0,
  currency bank.currency_code not null,
  status bank.hold_status not null default 'active',
  description text,
  metadata bank.metadata not null default '{}',
  transfer_id uuid,
  created_by uuid not null,
  expires_at timestamptz not null,
  created_at timestamptz not null
);

create index holds_debit_account_id on bank.holds (debit_account_id, id);
-- The reserved amount at a time is the sum of the holds that expire later: no call reads the expired ones.
create index holds_unmarked on bank.holds (debit_account_id, expires_at) include (amount) where status = 'active';

-- The keys of operations that make no transfer: batches, holds, releases, and changes of customers and accounts. The
-- answer to a batch or a hold is rebuilt from its rows. The rows of the other operations change later, so the body of
-- their answer is stored here.
create table bank.idempotency_keys (
  scope uuid not null,
  key bank.idempotency_key not null,
  operation text not null,
  request_hash bank.hash not null,
  code text,
  body text,
  hold_id uuid,
  refusals text[],
  changed text[] not null,
  created_at timestamptz not null,
  primary key (scope, key)
);

reset role;
