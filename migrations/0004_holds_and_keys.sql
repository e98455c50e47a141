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
-- How much is reserved at an instant is the sum of what expires after it: no call reads what has expired.
create index holds_unmarked on bank.holds (debit_account_id, expires_at) include (amount) where status = 'active';

-- The keys of what makes no transfer: batches, holds, releases, and changes of customers and accounts. A batch and a
-- hold are answered again from their rows; whatever else changes later keeps the body of its answer here.
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
