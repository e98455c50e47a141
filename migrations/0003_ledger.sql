set local role bank_owner;

-- The rules of one column are domains: PostgreSQL prepares a domain once for each connection, but parses a table's
-- check constraints again in every statement that writes the table. Domains cost a little too, so what a function
-- computes (a hash, the balance that a transfer left) has none. Which rule is held where stands in docs/architecture.md.

-- An amount on the wire is an integer that every JSON reader holds exactly.
create domain bank.money as bigint check (value between -9007199254740991 and 9007199254740991);
create domain bank.non_negative_money as bigint check (value between 0 and 9007199254740991);
create domain bank.amount as bigint check (value between 1 and 9007199254740991);
create domain bank.currency_code as text
  check (length(value) = 3 and translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '') = '');
create domain bank.display_name as text check (char_length(value) between 1 and 200);
create domain bank.account_kind as text check (value in ('customer', 'internal'));
create domain bank.account_status as text check (value in ('active', 'frozen', 'closed'));
create domain bank.transfer_kind as text check (value in ('transfer', 'credit', 'debit', 'capture', 'reversal'));
create domain bank.transfer_status as text check (value in ('posted', 'declined'));
create domain bank.hold_status as text check (value in ('active', 'captured', 'released', 'expired'));
-- 1 to 255 visible characters of ASCII. (translate costs a fifteenth of a regular expression.)
create domain bank.idempotency_key as text check (
  length(value) between 1 and 255
  and translate(value, '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~', '') = '');
create domain bank.metadata as jsonb check (jsonb_typeof(value) = 'object');
create domain bank.hash as bytea check (octet_length(value) = 32);

-- Internal accounts carry no materialised balance: they are never locked, so nothing queues behind them.
-- customer_is_frozen is the customer's status, so that a transfer reads nothing but accounts.
-- held is the sum of the holds that are active or have expired unmarked.
-- permitted_floor is how low the account stood when its limit was lowered, or a reversal forced, below it.
-- Half of each page is left free, so that a posting updates the row in place.
create table bank.accounts (
  id uuid primary key,
  customer_id uuid references bank.customers (id) on delete restrict,
  kind bank.account_kind not null,
  name bank.display_name not null,
  currency bank.currency_code not null,
  status bank.account_status not null default 'active',
  customer_is_frozen boolean not null default false,
  overdraft_limit bank.non_negative_money not null default 0,
  balance bank.money,
  held bank.non_negative_money not null default 0,
  permitted_floor bank.money,
  version bigint,
  head_hash bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint accounts_overdraft check (balance >= least(-overdraft_limit, permitted_floor))
) with (fillfactor = 50);

create index accounts_customer_id on bank.accounts (customer_id, id);
create unique index accounts_settlement on bank.accounts (currency) where kind = 'internal';

-- One row is the whole movement: its amount, both accounts, and the version, balance and hash that it left on each
-- customer account. So debits equal credits by construction, and the row that claims the idempotency key is the
-- stored outcome. No foreign keys: accounts are never deleted, and the check would lock the settlement account's row.
create table bank.transfers (
  id uuid primary key,
  kind bank.transfer_kind not null,
  status bank.transfer_status not null,
  code text,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.amount not null,
  currency bank.currency_code not null,
  description text,
  metadata bank.metadata not null,
  idempotency_scope uuid not null,
  idempotency_key bank.idempotency_key not null,
  batch_index integer not null,
  request_hash bytea,
  hold_id uuid,
  reverses_transfer_id uuid,
  debit_version bigint,
  debit_balance bigint,
  debit_hash bytea,
  credit_version bigint,
  credit_balance bigint,
  credit_hash bytea,
  created_by uuid not null,
  created_at timestamptz not null
);

-- On the way of a transfer: the key, and one entry of each account's history for each of its two legs.
create unique index transfers_idempotency_key on bank.transfers (idempotency_key, idempotency_scope, batch_index);
create unique index transfers_debit_version on bank.transfers (debit_account_id, debit_version)
  where debit_version is not null;
create unique index transfers_credit_version on bank.transfers (credit_account_id, credit_version)
  where credit_version is not null;

-- Legs without a version: those of internal accounts, and both sides of what was declined. No posted transfer between
-- two customers feeds these.
create index transfers_debit_unversioned on bank.transfers (debit_account_id, status, created_at, id) include (amount)
  where debit_version is null;
create index transfers_credit_unversioned on bank.transfers (credit_account_id, status, kind, created_at, id)
  include (amount) where credit_version is null;
create index transfers_declined on bank.transfers (id) where code is not null;
create index transfers_hold_id on bank.transfers (hold_id) where hold_id is not null;
create index transfers_reverses_transfer_id on bank.transfers (reverses_transfer_id)
  where reverses_transfer_id is not null;

-- The legs of posted transfers, each as its account sees it. The filter stands outside, so that a page of one account's
-- history is a walk along its two indexes.
create view bank.entries as
  select id, transfer_id, account_id, amount, balance_after, account_version, hash, kind, description,
         counterparty_account_id, created_at
    from (
      select id, id as transfer_id, debit_account_id as account_id, -amount::bigint as amount,
             debit_balance as balance_after, debit_version as account_version, debit_hash as hash,
             kind::text as kind, description, credit_account_id as counterparty_account_id, created_at, code
        from bank.transfers
      union all
      select id, id, credit_account_id, amount::bigint, credit_balance, credit_version, credit_hash,
             kind::text, description, debit_account_id, created_at, code
        from bank.transfers
    ) as leg
   where code is null;

reset role;
