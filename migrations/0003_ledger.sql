set local role bank_owner;

-- The rules of a single column are domains. PostgreSQL prepares a domain once per connection, but it parses the check
-- constraints of a table again in every statement that writes to it. Domains cost a little too, so the values that a
-- function computes (a hash, the balance after a transfer) have none. docs/architecture.md lists where each rule is
-- enforced.

-- An amount is an integer that every JSON reader can hold exactly.
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
-- 1 to 255 visible ASCII characters. (translate costs a fifteenth of a regular expression.)
create domain bank.idempotency_key as text check (
  length(value) between 1 and 255
  and translate(value, '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~', '') = '');
create domain bank.metadata as jsonb check (jsonb_typeof(value) = 'object');
create domain bank.hash as bytea check (octet_length(value) = 32);

-- Internal accounts store no balance. They are never locked, so no transfer waits for another because of them.
-- customer_is_frozen copies the customer's status, so that a transfer reads only accounts.
-- held is the sum of the holds that are active, or that have expired and are not marked yet.
-- permitted_floor allows a balance below the overdraft limit: it is the balance at the last change of the account's
-- settings, or the lower one that a capture or a forced reversal has left since.
-- Half of each page stays free, so that a posting updates the row in place.
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
-- customer account. So debits equal credits by construction, and the row that claims the idempotency key is also the
-- stored outcome. There are no foreign keys: accounts are never deleted, and the check would lock the row of the
-- settlement account.
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

-- Every transfer writes to these: the key, and for each leg its place in the history of its account.
create unique index transfers_idempotency_key on bank.transfers (idempotency_key, idempotency_scope, batch_index);
create unique index transfers_debit_version on bank.transfers (debit_account_id, debit_version)
  where debit_version is not null;
create unique index transfers_credit_version on bank.transfers (credit_account_id, credit_version)
  where credit_version is not null;

-- Legs without a version: those of internal accounts, and both sides of a declined transfer. A posted transfer
-- between two customers writes to none of these indexes.
create index transfers_debit_unversioned on bank.transfers (debit_account_id, status, created_at, id) include (amount)
  where debit_version is null;
create index transfers_credit_unversioned on bank.transfers (credit_account_id, status, kind, created_at, id)
  include (amount) where credit_version is null;
create index transfers_declined on bank.transfers (id) where code is not null;
create index transfers_hold_id on bank.transfers (hold_id) where hold_id is not null;
create index transfers_reverses_transfer_id on bank.transfers (reverses_transfer_id)
  where reverses_transfer_id is not null;

-- The legs of posted transfers, each from the view of its account. The filter is outside the union, so that a page of
-- one account's history is a walk along its two indexes.
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
