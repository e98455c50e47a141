set local role bank_owner;

-- An amount on the wire is an integer that every JSON reader holds exactly.
create domain bank.money as bigint check (value between -9007199254740991 and 9007199254740991);

-- Internal accounts carry no materialised balance: they are never locked, so nothing queues behind them.
-- balance, held and limit together stay within the wire's range, so that `available` does too.
-- permitted_floor is how low the account stood when its limit was lowered, or a reversal forced, below it.
-- Half of each page is left free, so that a posting updates the row in place.
create table bank.accounts (
  id uuid primary key,
  customer_id uuid references bank.customers (id) on delete restrict,
  kind text not null check (kind in ('customer', 'internal')),
  name text not null check (char_length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'active' check (status in ('active', 'frozen', 'closed')),
  overdraft_limit bank.money not null default 0 check (overdraft_limit >= 0),
  balance bank.money,
  held bank.money not null default 0 check (held >= 0),
  permitted_floor bank.money,
  version bigint check (version >= 0),
  head_hash bytea,
  last_entry_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((kind = 'customer') = (customer_id is not null)),
  check ((kind = 'customer') = (balance is not null and version is not null)),
  check ((head_hash is not null) = (coalesce(version, 0) > 0)),
  check (balance + overdraft_limit <= 9007199254740991),
  check (balance - held >= -9007199254740991),
  check (balance - held >= least(-overdraft_limit, permitted_floor)),
  check (status <> 'closed' or (balance = 0 and held = 0))
) with (fillfactor = 50);

create index accounts_customer_id on bank.accounts (customer_id, id);
create unique index accounts_settlement on bank.accounts (currency) where kind = 'internal';

-- Accounts are never deleted (a trigger refuses it), so no foreign key points at them: its check would
-- lock the row of the settlement account in every credit and debit. The verification looks for orphans.
create table bank.transfers (
  id uuid primary key,
  kind text not null check (kind in ('transfer', 'credit', 'debit', 'capture', 'reversal')),
  status text not null check (status in ('posted', 'declined')),
  code text check ((status = 'declined') = (code is not null)),
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.money not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  description text,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  idempotency_scope uuid not null,
  idempotency_key text not null,
  batch_index integer not null default 0 check (batch_index between 0 and 499),
  hold_id uuid,
  reverses_transfer_id uuid references bank.transfers (id) on delete restrict,
  created_by uuid not null,
  created_at timestamptz not null,
  unique (idempotency_key, idempotency_scope, batch_index),
  check ((kind = 'reversal') = (reverses_transfer_id is not null)),
  check ((kind = 'capture') = (hold_id is not null)),
  check (status = 'declined' or debit_account_id <> credit_account_id)
);

create index transfers_debit_account_id on bank.transfers (debit_account_id, id);
create index transfers_credit_account_id on bank.transfers (credit_account_id, id);
create index transfers_reverses_transfer_id on bank.transfers (reverses_transfer_id)
  where reverses_transfer_id is not null;

create table bank.entries (
  id uuid not null,
  transfer_id uuid not null references bank.transfers (id) on delete restrict,
  account_id uuid not null,
  amount bank.money not null check (amount <> 0),
  balance_after bank.money,
  account_version bigint check (account_version > 0),
  hash bytea check (length(hash) = 32),
  created_at timestamptz not null,
  primary key (transfer_id, account_id),
  check (num_nulls(balance_after, account_version, hash) in (0, 3))
);

create unique index entries_account_version on bank.entries (account_id, account_version)
  where account_version is not null;
create index entries_internal on bank.entries (account_id, id) include (amount)
  where account_version is null;

create table bank.holds (
  id uuid primary key,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.money not null check (amount > 0),
  captured_amount bank.money not null default 0 check (captured_amount between 0 and amount),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'active' check (status in ('active', 'captured', 'released', 'expired')),
  description text,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  transfer_id uuid references bank.transfers (id) on delete restrict,
  created_by uuid not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  check ((status = 'captured') = (transfer_id is not null)),
  check ((status = 'captured') = (captured_amount > 0))
);

create index holds_debit_account_id on bank.holds (debit_account_id, id);
create index holds_credit_account_id on bank.holds (credit_account_id, id);
create index holds_active on bank.holds (debit_account_id, expires_at) where status = 'active';
create index holds_expiry on bank.holds (expires_at) where status = 'active';

-- One row per (scope, key): what was asked, and the answer to give to whoever asks again.
create table bank.idempotency_keys (
  scope uuid not null,
  key text not null check (key ~ '^[\x21-\x7e]{1,255}$'),
  request_hash bytea not null,
  code text,
  body text,
  changed text[],
  created_at timestamptz not null,
  primary key (scope, key)
) with (fillfactor = 50);

reset role;
