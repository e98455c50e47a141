-- Made by npm run dump:schema from what the migrations make. Do not edit.

-- Roles, and what is set on them

create role bank_api login;
alter role bank_api set default_transaction_isolation=read committed;
alter role bank_api set idle_in_transaction_session_timeout=5s;
alter role bank_api set lock_timeout=2s;
alter role bank_api set search_path=pg_catalog;
alter role bank_api set statement_timeout=5s;

create role bank_owner nologin;

-- Schemas

create schema bank authorization bank_owner;
grant usage on schema bank to bank_api;

create schema bank_internal authorization bank_owner;

-- Domains and composite types

create domain bank.account_kind as text constraint account_kind_check CHECK ((VALUE = ANY (ARRAY['customer'::text, 'internal'::text])));
alter type bank.account_kind owner to bank_owner;

create domain bank.account_status as text constraint account_status_check CHECK ((VALUE = ANY (ARRAY['active'::text, 'frozen'::text, 'closed'::text])));
alter type bank.account_status owner to bank_owner;

create type bank.actor as (
  user_id uuid,
  role text,
  customer_id uuid,
  request_id text,
  ip text
);
alter type bank.actor owner to bank_owner;

create domain bank.amount as bigint constraint amount_check CHECK (((VALUE >= 1) AND (VALUE <= '9007199254740991'::bigint)));
alter type bank.amount owner to bank_owner;

create type bank.answer as (
  code text,
  body text,
  replayed boolean,
  changed text[],
  next_position text,
  cache_lifetime_ms integer,
  unstored_audit_events text
);
alter type bank.answer owner to bank_owner;

create domain bank.currency_code as text constraint currency_code_check CHECK (((length(VALUE) = 3) AND (translate(VALUE, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'::text, ''::text) = ''::text)));
alter type bank.currency_code owner to bank_owner;

create domain bank.display_name as text constraint display_name_check CHECK (((char_length(VALUE) >= 1) AND (char_length(VALUE) <= 200)));
alter type bank.display_name owner to bank_owner;

create domain bank.hash as bytea constraint hash_check CHECK ((octet_length(VALUE) = 32));
alter type bank.hash owner to bank_owner;

create domain bank.hold_status as text constraint hold_status_check CHECK ((VALUE = ANY (ARRAY['active'::text, 'captured'::text, 'released'::text, 'expired'::text])));
alter type bank.hold_status owner to bank_owner;

create domain bank.idempotency_key as text constraint idempotency_key_check CHECK ((((length(VALUE) >= 1) AND (length(VALUE) <= 255)) AND (translate(VALUE, '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~'::text, ''::text) = ''::text)));
alter type bank.idempotency_key owner to bank_owner;

create domain bank.metadata as jsonb constraint metadata_check CHECK ((jsonb_typeof(VALUE) = 'object'::text));
alter type bank.metadata owner to bank_owner;

create domain bank.money as bigint constraint money_check CHECK (((VALUE >= '-9007199254740991'::bigint) AND (VALUE <= '9007199254740991'::bigint)));
alter type bank.money owner to bank_owner;

create domain bank.non_negative_money as bigint constraint non_negative_money_check CHECK (((VALUE >= 0) AND (VALUE <= '9007199254740991'::bigint)));
alter type bank.non_negative_money owner to bank_owner;

create domain bank.reserved_money as bigint constraint reserved_money_check CHECK ((VALUE >= 0)) NOT VALID;
alter type bank.reserved_money owner to bank_owner;

create domain bank.transfer_kind as text constraint transfer_kind_check CHECK ((VALUE = ANY (ARRAY['transfer'::text, 'credit'::text, 'debit'::text, 'capture'::text, 'reversal'::text])));
alter type bank.transfer_kind owner to bank_owner;

create domain bank.transfer_status as text constraint transfer_status_check CHECK ((VALUE = ANY (ARRAY['posted'::text, 'declined'::text])));
alter type bank.transfer_status owner to bank_owner;

create type bank_internal.decision as (
  id uuid,
  code text,
  created_at timestamp with time zone,
  debit_version bigint,
  debit_balance bigint,
  debit_hash bytea,
  credit_version bigint,
  credit_balance bigint,
  credit_hash bytea
);
alter type bank_internal.decision owner to bank_owner;

create type bank_internal.transfer_order as (
  actor bank.actor,
  idempotency_key bank.idempotency_key,
  batch_index integer,
  request_hash bytea,
  debit_account_id uuid,
  credit_account_id uuid,
  amount bigint,
  currency text,
  description text,
  metadata jsonb,
  is_permitted boolean
);
alter type bank_internal.transfer_order owner to bank_owner;

-- Tables, with their constraints, indexes and triggers

create table bank.access_refusals (
  actor_id uuid not null,
  code text not null,
  target_type text not null,
  target_id uuid not null,
  minute timestamp with time zone not null,
  actor_role text,
  count integer not null default 1,
  constraint access_refusals_pkey PRIMARY KEY (actor_id, code, target_type, target_id, minute)
);
-- partitioned by 
alter table bank.access_refusals owner to bank_owner;

create table bank.accounts (
  id uuid not null,
  customer_id uuid,
  kind bank.account_kind not null,
  name bank.display_name not null,
  currency bank.currency_code not null,
  status bank.account_status not null default 'active'::text,
  customer_is_frozen boolean not null default false,
  overdraft_limit bank.non_negative_money not null default 0,
  balance bank.money,
  held bank.reserved_money not null default 0,
  permitted_floor bank.money,
  version bigint,
  head_hash bytea,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES bank.customers(id) ON DELETE RESTRICT,
  constraint accounts_overdraft CHECK (((balance)::bigint >= LEAST((- (overdraft_limit)::bigint), (permitted_floor)::bigint)))
);
-- partitioned by 
alter table bank.accounts owner to bank_owner;
CREATE INDEX accounts_customer_id ON bank.accounts USING btree (customer_id, id);
CREATE UNIQUE INDEX accounts_settlement ON bank.accounts USING btree (currency) WHERE ((kind)::text = 'internal'::text);
CREATE TRIGGER accounts_keep BEFORE DELETE OR TRUNCATE ON bank.accounts FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.archived_audit_months (
  month date not null,
  archived_at timestamp with time zone not null default clock_timestamp(),
  constraint archived_audit_months_pkey PRIMARY KEY (month)
);
-- partitioned by 
alter table bank.archived_audit_months owner to bank_owner;

create table bank.audit_events (
  id uuid not null,
  created_at timestamp with time zone not null,
  actor_id uuid,
  actor_role text,
  action text not null,
  outcome text not null,
  code text,
  target_type text,
  target_id uuid,
  request_id text,
  ip text,
  detail jsonb,
  constraint audit_events_pkey PRIMARY KEY (id)
);
-- partitioned by RANGE (id)
alter table bank.audit_events owner to bank_owner;
CREATE INDEX audit_events_action ON ONLY bank.audit_events USING btree (action, id) WHERE (action <> 'transfer.create'::text);
CREATE INDEX audit_events_actor_id ON ONLY bank.audit_events USING btree (actor_id, id);
CREATE INDEX audit_events_failures ON ONLY bank.audit_events USING btree (id) WHERE (outcome = 'failure'::text);
CREATE INDEX audit_events_target_id ON ONLY bank.audit_events USING btree (target_id, id) WHERE (target_id <> id);
CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.audit_events FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.audit_events_other (
  id uuid not null,
  created_at timestamp with time zone not null,
  actor_id uuid,
  actor_role text,
  action text not null,
  outcome text not null,
  code text,
  target_type text,
  target_id uuid,
  request_id text,
  ip text,
  detail jsonb,
  constraint audit_events_other_pkey PRIMARY KEY (id)
);
-- partitioned by 
alter table bank.audit_events_other owner to bank_owner;
CREATE INDEX audit_events_other_action_id_idx ON bank.audit_events_other USING btree (action, id) WHERE (action <> 'transfer.create'::text);
CREATE INDEX audit_events_other_actor_id_id_idx ON bank.audit_events_other USING btree (actor_id, id);
CREATE INDEX audit_events_other_id_idx ON bank.audit_events_other USING btree (id) WHERE (outcome = 'failure'::text);
CREATE INDEX audit_events_other_target_id_id_idx ON bank.audit_events_other USING btree (target_id, id) WHERE (target_id <> id);
CREATE TRIGGER audit_events_other_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.audit_events_other FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.counted_refusals (
  id uuid not null,
  constraint counted_refusals_pkey PRIMARY KEY (id)
);
-- partitioned by 
alter table bank.counted_refusals owner to bank_owner;

create table bank.customers (
  id uuid not null,
  name text not null,
  email text not null,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint customers_email_key UNIQUE (email),
  constraint customers_pkey PRIMARY KEY (id),
  constraint customers_email_check CHECK ((email = lower(email))),
  constraint customers_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
  constraint customers_status_check CHECK ((status = ANY (ARRAY['active'::text, 'frozen'::text])))
);
-- partitioned by 
alter table bank.customers owner to bank_owner;

create table bank.holds (
  id uuid not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.amount not null,
  captured_amount bank.money not null default 0,
  currency bank.currency_code not null,
  status bank.hold_status not null default 'active'::text,
  description text,
  metadata bank.metadata not null default '{}'::jsonb,
  transfer_id uuid,
  created_by uuid not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint holds_pkey PRIMARY KEY (id)
);
-- partitioned by 
alter table bank.holds owner to bank_owner;
CREATE INDEX holds_debit_account_id ON bank.holds USING btree (debit_account_id, id);
CREATE INDEX holds_unmarked ON bank.holds USING btree (debit_account_id, expires_at) INCLUDE (amount) WHERE ((status)::text = 'active'::text);

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
  created_at timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (scope, key)
);
-- partitioned by 
alter table bank.idempotency_keys owner to bank_owner;
CREATE TRIGGER idempotency_keys_keep BEFORE DELETE OR TRUNCATE ON bank.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();
CREATE TRIGGER idempotency_keys_keep_all_but_body BEFORE UPDATE OF scope, key, operation, request_hash, code, hold_id, refusals, changed, created_at ON bank.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();
CREATE TRIGGER idempotency_keys_keep_other_bodies BEFORE UPDATE ON bank.idempotency_keys FOR EACH ROW WHEN ((old.operation <> ALL (ARRAY['customer.create'::text, 'customer.update'::text]))) EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.internal_balances (
  account_id uuid not null,
  counted_until timestamp with time zone not null,
  settled_at_xid xid8 not null,
  balance numeric,
  constraint internal_balances_pkey PRIMARY KEY (account_id, counted_until)
);
-- partitioned by 
alter table bank.internal_balances owner to bank_owner;

create table bank.jobs (
  name text not null,
  "position" text,
  facts jsonb not null default '{}'::jsonb,
  succeeded_at timestamp with time zone,
  ran_at timestamp with time zone,
  late_after interval,
  constraint jobs_pkey PRIMARY KEY (name)
);
-- partitioned by 
alter table bank.jobs owner to bank_owner;

create table bank.read_only (
  is_on boolean not null default true,
  since timestamp with time zone not null default clock_timestamp(),
  constraint read_only_pkey PRIMARY KEY (is_on),
  constraint read_only_is_on_check CHECK (is_on)
);
-- partitioned by 
alter table bank.read_only owner to bank_owner;

create table bank.transfers (
  id uuid not null,
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
  created_at timestamp with time zone not null,
  constraint transfers_pkey PRIMARY KEY (id)
);
-- partitioned by 
alter table bank.transfers owner to bank_owner;
CREATE INDEX transfers_credit_unversioned ON bank.transfers USING btree (credit_account_id, status, kind, created_at, id) INCLUDE (amount) WHERE (credit_version IS NULL);
CREATE UNIQUE INDEX transfers_credit_version ON bank.transfers USING btree (credit_account_id, credit_version) WHERE (credit_version IS NOT NULL);
CREATE INDEX transfers_debit_unversioned ON bank.transfers USING btree (debit_account_id, status, created_at, id) INCLUDE (amount) WHERE (debit_version IS NULL);
CREATE UNIQUE INDEX transfers_debit_version ON bank.transfers USING btree (debit_account_id, debit_version) WHERE (debit_version IS NOT NULL);
CREATE INDEX transfers_declined ON bank.transfers USING btree (id) WHERE (code IS NOT NULL);
CREATE INDEX transfers_hold_id ON bank.transfers USING btree (hold_id) WHERE (hold_id IS NOT NULL);
CREATE UNIQUE INDEX transfers_idempotency_key ON bank.transfers USING btree (idempotency_key, idempotency_scope, batch_index);
CREATE INDEX transfers_reverses_transfer_id ON bank.transfers USING btree (reverses_transfer_id) WHERE (reverses_transfer_id IS NOT NULL);
CREATE TRIGGER transfers_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.transfers FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.users (
  id uuid not null,
  email text not null,
  password_hash text not null,
  role text not null,
  customer_id uuid,
  disabled_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint users_email_key UNIQUE (email),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES bank.customers(id) ON DELETE RESTRICT,
  constraint users_check CHECK (((role = 'customer'::text) = (customer_id IS NOT NULL))),
  constraint users_email_check CHECK ((email = lower(email))),
  constraint users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'customer'::text])))
);
-- partitioned by 
alter table bank.users owner to bank_owner;
CREATE INDEX users_customer_id ON bank.users USING btree (customer_id) WHERE (customer_id IS NOT NULL);

create table bank.verified_accounts (
  account_id uuid not null,
  version bigint not null,
  balance bank.money not null,
  held bank.reserved_money not null,
  head_hash bank.hash,
  verified_at timestamp with time zone not null,
  constraint verified_accounts_pkey PRIMARY KEY (account_id)
);
-- partitioned by 
alter table bank.verified_accounts owner to bank_owner;

-- Views and sequences, by name

-- view bank.entries, owner bank_owner

-- sequence bank_internal.audit_locked_at_ms, owner bank_owner

-- Functions, without their bodies

-- function bank.backfill_audit_events(p_limit integer DEFAULT 10000)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.capture_hold(p_actor bank.actor, p_idempotency_key text, p_hold_id uuid, p_amount bigint DEFAULT NULL::bigint, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.check_readiness()
--   returns bank.answer, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.checkpoint_internal_balances(p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_account(p_actor bank.actor, p_customer_id uuid, p_currency text, p_name text, p_overdraft_limit bigint DEFAULT 0, p_idempotency_key text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_customer(p_actor bank.actor, p_name text, p_email text, p_password_hash text, p_idempotency_key text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_hold(p_actor bank.actor, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text DEFAULT NULL::text, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb, p_expires_in_seconds integer DEFAULT 604800)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_transfer(p_actor bank.actor, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text DEFAULT NULL::text, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_transfers(p_actor bank.actor, p_idempotency_key text, p_transfers jsonb, p_atomic boolean DEFAULT false)
--   returns bank.answer, language plpgsql, volatile, security definer, set plan_cache_mode=force_generic_plan, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.credit_account(p_actor bank.actor, p_idempotency_key text, p_account_id uuid, p_amount bigint, p_description text DEFAULT NULL::text, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language sql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.debit_account(p_actor bank.actor, p_idempotency_key text, p_account_id uuid, p_amount bigint, p_description text DEFAULT NULL::text, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language sql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.expire_holds(p_position text DEFAULT NULL::text, p_limit integer DEFAULT 100)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.flush_access_refusals()
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.gather_transfers(p_requests jsonb)
--   returns SETOF bank.answer, language plpgsql, volatile, security definer, set plan_cache_mode=force_generic_plan, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_account(p_actor bank.actor, p_account_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_balance(p_actor bank.actor, p_account_id uuid, p_at timestamp with time zone DEFAULT NULL::timestamp with time zone)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_customer(p_actor bank.actor, p_customer_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_hold(p_actor bank.actor, p_hold_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_login(p_email text)
--   returns bank.answer, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_me(p_actor bank.actor)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_transfer(p_actor bank.actor, p_transfer_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.is_caught_up(p_position xid8, p_lag_max_ms integer)
--   returns boolean, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_accounts(p_actor bank.actor, p_customer_id uuid DEFAULT NULL::uuid, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_audit_events(p_actor bank.actor, p_actor_id uuid DEFAULT NULL::uuid, p_action text DEFAULT NULL::text, p_outcome text DEFAULT NULL::text, p_target_id uuid DEFAULT NULL::uuid, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_customers(p_actor bank.actor, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_entries(p_actor bank.actor, p_account_id uuid, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_holds(p_actor bank.actor, p_account_id uuid DEFAULT NULL::uuid, p_status text DEFAULT NULL::text, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_transfers(p_actor bank.actor, p_account_id uuid DEFAULT NULL::uuid, p_status text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.prepare_audit_partitions()
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.record_access_refusal(p_actor bank.actor, p_code text, p_target_type text DEFAULT NULL::text, p_target_id uuid DEFAULT NULL::uuid)
--   returns bank.answer, language plpgsql, volatile, security definer, set lock_timeout=1s, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.record_job(p_name text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.record_login(p_actor bank.actor, p_succeeded boolean)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.release_hold(p_actor bank.actor, p_idempotency_key text, p_hold_id uuid, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.reverse_transfer(p_actor bank.actor, p_idempotency_key text, p_transfer_id uuid, p_amount bigint DEFAULT NULL::bigint, p_force boolean DEFAULT false, p_description text DEFAULT NULL::text, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.store_audit_events(p_events jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set lock_timeout=1s, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.update_account(p_actor bank.actor, p_account_id uuid, p_name text DEFAULT NULL::text, p_overdraft_limit bigint DEFAULT NULL::bigint, p_status text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.update_customer(p_actor bank.actor, p_customer_id uuid, p_name text DEFAULT NULL::text, p_status text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text, p_preconditions jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_ledger()
--   returns jsonb, language sql, stable, security definer, set jit=off, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_ledger_part(p_actor bank.actor, p_position text DEFAULT NULL::text, p_limit bigint DEFAULT 10000)
--   returns bank.answer, language plpgsql, stable, security definer, set jit=off, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_new_entries(p_position text DEFAULT NULL::text, p_limit bigint DEFAULT 10000)
--   returns bank.answer, language sql, volatile, security definer, set jit=off, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_next_part(p_limit bigint DEFAULT 10000)
--   returns bank.answer, language plpgsql, volatile, security definer, set jit=off, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank_internal.account_json(p_account bank.accounts)
--   returns json, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.account_settings(p_account bank.accounts)
--   returns jsonb, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.answer(p_body json, p_changed text[] DEFAULT '{}'::text[], p_code text DEFAULT NULL::text, p_unstored_audit_events jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.answer_hold(p_actor bank.actor, p_idempotency_key text, p_request_hash bytea, p_operation text, p_hold bank.holds, p_debit bank.accounts, p_code text, p_at timestamp with time zone)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.apply_read_only()
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.audit(VARIADIC p_events jsonb[])
--   returns jsonb, language plpgsql, volatile, set lock_timeout=1ms, owner bank_owner, executed by nobody else

-- function bank_internal.audit_event(p_actor bank.actor, p_action text, p_code text, p_target_type text, p_target_id uuid, p_detail jsonb DEFAULT '{}'::jsonb)
--   returns jsonb, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.audit_event_json(p_event bank.audit_events)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.audit_events_query(p_actor_id uuid, p_action text, p_outcome text, p_target_id uuid)
--   returns text, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.audit_partition_name(p_month date)
--   returns text, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.audit_transfers(p_actors bank.actor[], p_transfers bank.transfers[])
--   returns text, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.backfilled_event(p_transfer bank.transfers)
--   returns jsonb, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.balance_of_version(p_account_id uuid, p_version bigint)
--   returns bigint, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.batch_body(p_transfers bank.transfers[])
--   returns text, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.batch_orders(p_actor bank.actor, p_idempotency_key bank.idempotency_key, p_transfers jsonb)
--   returns bank_internal.transfer_order[], language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.begin_request(p_actor bank.actor, p_key text)
--   returns boolean, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.cache_keys(p_debit bank.accounts, p_credit bank.accounts)
--   returns text[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.cache_lifetime_ms(p_account_ids uuid[])
--   returns integer, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.count_refusals(p_events jsonb)
--   returns jsonb, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.create_admin(p_email text, p_password_hash text)
--   returns uuid, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.customer_json(p_customer bank.customers)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.decide(p_debit bank.accounts, p_credit bank.accounts, p_id uuid, p_at timestamp with time zone, p_amount bigint, p_code text)
--   returns bank_internal.decision, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.decide_transfers(p_orders bank_internal.transfer_order[], OUT o_transfers bank.transfers[], OUT o_accounts bank.accounts[])
--   returns record, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.disable_user(p_email text)
--   returns uuid, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.drop_audit_partition(p_month date)
--   returns void, language plpgsql, volatile, set lock_timeout=2s, owner bank_owner, executed by nobody else

-- function bank_internal.entry_hash(p_previous_hash bytea, p_account_id uuid, p_counterparty_account_id uuid, p_account_version bigint, p_amount bigint, p_balance_after bigint, p_transfer_id uuid, p_created_at timestamp with time zone)
--   returns bytea, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.entry_json(p_transfer bank.transfers, p_account_id uuid)
--   returns json, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.erase_customer(p_email text)
--   returns uuid, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.etag(p_body text)
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.events_of_transfers(p_actors bank.actor[], p_transfers bank.transfers[])
--   returns TABLE(id uuid, created_at timestamp with time zone, actor_id uuid, actor_role text, action text, outcome text, code text, target_type text, target_id uuid, request_id text, ip text, detail jsonb), language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.finish_job(p_name text)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.gathered_orders(p_requests jsonb)
--   returns bank_internal.transfer_order[], language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.has_too_many_holds(p_account_id uuid)
--   returns boolean, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.held_at(p_account_id uuid, p_at timestamp with time zone)
--   returns bigint, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.histories(p_account_id uuid, p_version bigint, p_limit bigint, p_since_verified boolean)
--   returns TABLE(account_id uuid, from_version bigint, until_version bigint, is_whole boolean, is_changed boolean, verified_version bigint, next_position text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.hold_json(p_hold bank.holds, p_at timestamp with time zone DEFAULT clock_timestamp())
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.hold_status(p_hold bank.holds, p_at timestamp with time zone DEFAULT clock_timestamp())
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.id_at(p_at timestamp with time zone)
--   returns uuid, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.insert_audit_events(p_events jsonb)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.internal_account(p_account_id uuid)
--   returns bank.accounts, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.internal_balance_at(p_account_id uuid, p_at timestamp with time zone)
--   returns numeric, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.internal_movement(p_account_id uuid, p_after timestamp with time zone, p_until timestamp with time zone)
--   returns numeric, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.is_audit_locked()
--   returns boolean, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.is_email(p_email text)
--   returns boolean, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.keep_answer(p_actor bank.actor, p_key text, p_operation text, p_request_hash bytea, p_answer bank.answer, p_hold_id uuid DEFAULT NULL::uuid, p_refusals text[] DEFAULT NULL::text[])
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.lock_accounts(p_account_ids uuid[])
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.may_see_customer(p_actor bank.actor, p_customer_id uuid)
--   returns boolean, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.meets_preconditions(p_preconditions jsonb, p_body text)
--   returns boolean, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.new_id(p_at timestamp with time zone)
--   returns uuid, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.ordered_transfer(p_order bank_internal.transfer_order, p_decision bank_internal.decision)
--   returns bank.transfers, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page(p_positions text[], p_items json[], p_limit integer, p_facts jsonb DEFAULT '{}'::jsonb, p_scanned_to text DEFAULT NULL::text)
--   returns bank.answer, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.part_of_accounts(p_account_id uuid, p_version bigint, p_limit bigint, OUT checked jsonb, OUT violations jsonb, OUT next_position text)
--   returns record, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.part_of_ledger(p_position text, p_limit bigint, OUT checked jsonb, OUT violations jsonb, OUT next_position text)
--   returns record, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.permitted_orders(p_orders bank_internal.transfer_order[])
--   returns bank_internal.transfer_order[], language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.position_before(p_position text, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone)
--   returns uuid, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.position_from(p_from timestamp with time zone)
--   returns uuid, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.post_transfer(p_actor bank.actor, p_idempotency_key text, p_request_hash bytea, p_kind text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text, p_description text, p_metadata jsonb, p_owner uuid DEFAULT NULL::uuid, p_action text DEFAULT 'transfer.create'::text, p_target_id uuid DEFAULT NULL::uuid, p_hold_id uuid DEFAULT NULL::uuid, p_reverses_transfer_id uuid DEFAULT NULL::uuid, p_code text DEFAULT NULL::text, p_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_reserved bigint DEFAULT 0, p_force boolean DEFAULT false, p_detail jsonb DEFAULT '{}'::jsonb)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.precondition_failed(p_actor bank.actor, p_action text, p_target_id uuid)
--   returns bank.answer, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.refusal_of(p_debit bank.accounts, p_credit bank.accounts, p_amount bigint, p_currency text, p_force boolean DEFAULT false)
--   returns text, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.refuse(p_code text, p_facts jsonb DEFAULT '{}'::jsonb)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.refuse_change()
--   returns trigger, language plpgsql, volatile, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by nobody else

-- function bank_internal.refuse_value(p_path text, p_message text)
--   returns void, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.remember_audit_failure(p_sqlstate text)
--   returns void, language plpgsql, volatile, set lock_timeout=1ms, owner bank_owner, executed by nobody else

-- function bank_internal.replay(p_actor bank.actor, p_key text, p_request_hash bytea)
--   returns bank.answer, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.replayed_body(p_known bank.idempotency_keys)
--   returns text, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.request_hash(p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text, p_description text, p_metadata jsonb)
--   returns bytea, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_account(p_actor bank.actor, p_account_id uuid)
--   returns bank.accounts, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_actor(p_actor bank.actor)
--   returns void, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_admin(p_actor bank.actor)
--   returns void, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_customer(p_actor bank.actor, p_customer_id uuid)
--   returns bank.customers, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_hold(p_actor bank.actor, p_hold_id uuid)
--   returns bank.holds, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.reversals_of(p_transfer_id uuid)
--   returns uuid[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.scope_of(p_actor bank.actor)
--   returns uuid, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.set_read_only(p_is_on boolean)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.settle(p_actor bank.actor, p_idempotency_key text, p_kind text, p_account_id uuid, p_amount bigint, p_description text, p_preconditions jsonb)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.settle_checkpoint(p_account_id uuid)
--   returns boolean, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.settled_account(p_account_id uuid, p_at timestamp with time zone)
--   returns bank.accounts, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.settlement_account_id(p_currency text)
--   returns uuid, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.store_transfers(p_transfers bank.transfers[], p_accounts bank.accounts[])
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.take_checkpoint(p_account_id uuid)
--   returns boolean, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.time_after(p_debit bank.accounts, p_credit bank.accounts)
--   returns timestamp with time zone, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.timestamp_text(p_at timestamp with time zone)
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfer_body(p_transfer bank.transfers)
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfer_event(p_actor bank.actor, p_transfer bank.transfers, p_action text, p_target_id uuid, p_detail jsonb)
--   returns jsonb, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfer_json(p_transfer bank.transfers, p_reversed_by uuid[] DEFAULT '{}'::uuid[], p_is_whole boolean DEFAULT true)
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfers_of_account(p_account_id uuid, p_sees_declines boolean, p_status text, p_from timestamp with time zone, p_to timestamp with time zone, p_position uuid, p_limit integer)
--   returns TABLE(id uuid, created_at timestamp with time zone), language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfers_of_all(p_account_id uuid, p_status text, p_idempotency_key text, p_from timestamp with time zone, p_to timestamp with time zone, p_position text, p_limit integer, OUT ids uuid[], OUT scanned_to uuid)
--   returns record, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfers_of_batch(p_scope uuid, p_key text, p_refusals text[])
--   returns bank.transfers[], language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfers_with_key(p_idempotency_key text, p_scope uuid, p_account_id uuid, p_status text, p_from timestamp with time zone, p_to timestamp with time zone, p_position uuid, p_limit integer)
--   returns uuid[], language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.usable_accounts(p_actor bank.actor, p_debit_account_id uuid, p_credit_account_id uuid)
--   returns TABLE(currency text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.version_at(p_account_id uuid, p_at timestamp with time zone)
--   returns bigint, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_account(p_account_id uuid)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_checkpoint(p_account_id uuid, p_counted_until timestamp with time zone)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_currencies()
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_history(p_account_id uuid, p_from_version bigint, p_until_version bigint)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_hold(p_hold_id uuid)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_transfer(p_transfer_id uuid)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.wait_for_key(p_key text, p_scope uuid)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else
