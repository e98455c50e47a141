-- Made by npm run dump:schema from what the migrations make. Do not edit.

-- Roles, and what is set on them

create role bank_api login;
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

create domain bank.money as bigint constraint money_check CHECK (((VALUE >= '-9007199254740991'::bigint) AND (VALUE <= '9007199254740991'::bigint)));
alter type bank.money owner to bank_owner;

create type bank_internal.transfer_filters as (
  status text,
  idempotency_key text,
  idempotency_scope uuid,
  created_from timestamp with time zone,
  created_to timestamp with time zone
);
alter type bank_internal.transfer_filters owner to bank_owner;

-- Tables, with their constraints, indexes and triggers

create table bank.accounts (
  id uuid not null,
  customer_id uuid,
  kind text not null,
  name text not null,
  currency text not null,
  status text not null default 'active'::text,
  overdraft_limit bank.money not null default 0,
  balance bank.money,
  held bank.money not null default 0,
  permitted_floor bank.money,
  version bigint,
  head_hash bytea,
  last_entry_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES bank.customers(id) ON DELETE RESTRICT,
  constraint accounts_check CHECK (((kind = 'customer'::text) = (customer_id IS NOT NULL))),
  constraint accounts_check1 CHECK (((kind = 'customer'::text) = ((balance IS NOT NULL) AND (version IS NOT NULL)))),
  constraint accounts_check2 CHECK (((head_hash IS NOT NULL) = (COALESCE(version, (0)::bigint) > 0))),
  constraint accounts_check3 CHECK ((((balance)::bigint + (overdraft_limit)::bigint) <= '9007199254740991'::bigint)),
  constraint accounts_check4 CHECK ((((balance)::bigint - (held)::bigint) >= '-9007199254740991'::bigint)),
  constraint accounts_check5 CHECK ((((balance)::bigint - (held)::bigint) >= LEAST((- (overdraft_limit)::bigint), (permitted_floor)::bigint))),
  constraint accounts_check6 CHECK (((status <> 'closed'::text) OR (((balance)::bigint = 0) AND ((held)::bigint = 0)))),
  constraint accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint accounts_held_check CHECK (((held)::bigint >= 0)),
  constraint accounts_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'internal'::text]))),
  constraint accounts_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
  constraint accounts_overdraft_limit_check CHECK (((overdraft_limit)::bigint >= 0)),
  constraint accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'frozen'::text, 'closed'::text]))),
  constraint accounts_version_check CHECK ((version >= 0))
);
alter table bank.accounts owner to bank_owner;
CREATE INDEX accounts_customer_id ON bank.accounts USING btree (customer_id, id);
CREATE UNIQUE INDEX accounts_settlement ON bank.accounts USING btree (currency) WHERE (kind = 'internal'::text);
CREATE TRIGGER accounts_keep BEFORE DELETE OR TRUNCATE ON bank.accounts FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

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
  detail jsonb not null default '{}'::jsonb,
  constraint audit_events_pkey PRIMARY KEY (id),
  constraint audit_events_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text])))
);
alter table bank.audit_events owner to bank_owner;
CREATE INDEX audit_events_actor_id ON bank.audit_events USING btree (actor_id, id);
CREATE INDEX audit_events_target_id ON bank.audit_events USING btree (target_id, id);
CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.audit_events FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

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
alter table bank.customers owner to bank_owner;

create table bank.entries (
  id uuid not null,
  transfer_id uuid not null,
  account_id uuid not null,
  amount bank.money not null,
  balance_after bank.money,
  account_version bigint,
  hash bytea,
  created_at timestamp with time zone not null,
  constraint entries_pkey PRIMARY KEY (transfer_id, account_id),
  constraint entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES bank.transfers(id) ON DELETE RESTRICT,
  constraint entries_account_version_check CHECK ((account_version > 0)),
  constraint entries_amount_check CHECK (((amount)::bigint <> 0)),
  constraint entries_check CHECK ((num_nulls(balance_after, account_version, hash) = ANY (ARRAY[0, 3]))),
  constraint entries_hash_check CHECK ((length(hash) = 32))
);
alter table bank.entries owner to bank_owner;
CREATE UNIQUE INDEX entries_account_version ON bank.entries USING btree (account_id, account_version) WHERE (account_version IS NOT NULL);
CREATE INDEX entries_internal ON bank.entries USING btree (account_id, id) INCLUDE (amount) WHERE (account_version IS NULL);
CREATE TRIGGER entries_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.entries FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.holds (
  id uuid not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.money not null,
  captured_amount bank.money not null default 0,
  currency text not null,
  status text not null default 'active'::text,
  description text,
  metadata jsonb not null default '{}'::jsonb,
  transfer_id uuid,
  created_by uuid not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint holds_pkey PRIMARY KEY (id),
  constraint holds_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES bank.transfers(id) ON DELETE RESTRICT,
  constraint holds_amount_check CHECK (((amount)::bigint > 0)),
  constraint holds_check CHECK ((((captured_amount)::bigint >= 0) AND ((captured_amount)::bigint <= (amount)::bigint))),
  constraint holds_check1 CHECK (((status = 'captured'::text) = (transfer_id IS NOT NULL))),
  constraint holds_check2 CHECK (((status = 'captured'::text) = ((captured_amount)::bigint > 0))),
  constraint holds_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint holds_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
  constraint holds_status_check CHECK ((status = ANY (ARRAY['active'::text, 'captured'::text, 'released'::text, 'expired'::text])))
);
alter table bank.holds owner to bank_owner;
CREATE INDEX holds_active ON bank.holds USING btree (debit_account_id, expires_at) WHERE (status = 'active'::text);
CREATE INDEX holds_credit_account_id ON bank.holds USING btree (credit_account_id, id);
CREATE INDEX holds_debit_account_id ON bank.holds USING btree (debit_account_id, id);
CREATE INDEX holds_expiry ON bank.holds USING btree (expires_at) WHERE (status = 'active'::text);

create table bank.idempotency_keys (
  scope uuid not null,
  key text not null,
  request_hash bytea not null,
  code text,
  body text,
  changed text[],
  created_at timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (scope, key),
  constraint idempotency_keys_key_check CHECK ((key ~ '^[\x21-\x7e]{1,255}$'::text))
);
alter table bank.idempotency_keys owner to bank_owner;
CREATE TRIGGER idempotency_keys_keep BEFORE DELETE OR TRUNCATE ON bank.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.transfers (
  id uuid not null,
  kind text not null,
  status text not null,
  code text,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bank.money not null,
  currency text not null,
  description text,
  metadata jsonb not null default '{}'::jsonb,
  idempotency_scope uuid not null,
  idempotency_key text not null,
  batch_index integer not null default 0,
  hold_id uuid,
  reverses_transfer_id uuid,
  created_by uuid not null,
  created_at timestamp with time zone not null,
  constraint transfers_idempotency_key_idempotency_scope_batch_index_key UNIQUE (idempotency_key, idempotency_scope, batch_index),
  constraint transfers_pkey PRIMARY KEY (id),
  constraint transfers_reverses_transfer_id_fkey FOREIGN KEY (reverses_transfer_id) REFERENCES bank.transfers(id) ON DELETE RESTRICT,
  constraint transfers_amount_check CHECK (((amount)::bigint > 0)),
  constraint transfers_batch_index_check CHECK (((batch_index >= 0) AND (batch_index <= 499))),
  constraint transfers_check CHECK (((status = 'declined'::text) = (code IS NOT NULL))),
  constraint transfers_check1 CHECK (((kind = 'reversal'::text) = (reverses_transfer_id IS NOT NULL))),
  constraint transfers_check2 CHECK (((kind = 'capture'::text) = (hold_id IS NOT NULL))),
  constraint transfers_check3 CHECK (((status = 'declined'::text) OR (debit_account_id <> credit_account_id))),
  constraint transfers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint transfers_kind_check CHECK ((kind = ANY (ARRAY['transfer'::text, 'credit'::text, 'debit'::text, 'capture'::text, 'reversal'::text]))),
  constraint transfers_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
  constraint transfers_status_check CHECK ((status = ANY (ARRAY['posted'::text, 'declined'::text])))
);
alter table bank.transfers owner to bank_owner;
CREATE INDEX transfers_credit_account_id ON bank.transfers USING btree (credit_account_id, id);
CREATE INDEX transfers_debit_account_id ON bank.transfers USING btree (debit_account_id, id);
CREATE INDEX transfers_reverses_transfer_id ON bank.transfers USING btree (reverses_transfer_id) WHERE (reverses_transfer_id IS NOT NULL);
CREATE TRIGGER transfers_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON bank.transfers FOR EACH STATEMENT EXECUTE FUNCTION bank_internal.refuse_change();

create table bank.users (
  id uuid not null,
  email text not null,
  password_hash text not null,
  role text not null,
  customer_id uuid,
  created_at timestamp with time zone not null,
  constraint users_email_key UNIQUE (email),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES bank.customers(id) ON DELETE RESTRICT,
  constraint users_check CHECK (((role = 'customer'::text) = (customer_id IS NOT NULL))),
  constraint users_email_check CHECK ((email = lower(email))),
  constraint users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'customer'::text])))
);
alter table bank.users owner to bank_owner;

create table bank.verified_accounts (
  account_id uuid not null,
  version bigint not null,
  balance bank.money not null,
  head_hash bytea not null,
  verified_at timestamp with time zone not null,
  constraint verified_accounts_pkey PRIMARY KEY (account_id),
  constraint verified_accounts_account_id_fkey FOREIGN KEY (account_id) REFERENCES bank.accounts(id) ON DELETE RESTRICT,
  constraint verified_accounts_version_check CHECK ((version > 0))
);
alter table bank.verified_accounts owner to bank_owner;

-- Functions, without their bodies

-- function bank.capture_hold(p_actor jsonb, p_idempotency_key text, p_hold_id uuid, p_amount bigint DEFAULT NULL::bigint)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.check_readiness()
--   returns bank.answer, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_account(p_actor jsonb, p_customer_id uuid, p_currency text, p_name text, p_overdraft_limit bigint DEFAULT 0)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_customer(p_actor jsonb, p_name text, p_email text, p_password_hash text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_hold(p_actor jsonb, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text DEFAULT NULL::text, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb, p_expires_in_seconds integer DEFAULT 604800)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_transfer(p_actor jsonb, p_idempotency_key text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text DEFAULT NULL::text, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.create_transfers(p_actor jsonb, p_idempotency_key text, p_transfers jsonb, p_atomic boolean DEFAULT false)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.credit_account(p_actor jsonb, p_idempotency_key text, p_account_id uuid, p_amount bigint, p_description text DEFAULT NULL::text)
--   returns bank.answer, language sql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.debit_account(p_actor jsonb, p_idempotency_key text, p_account_id uuid, p_amount bigint, p_description text DEFAULT NULL::text)
--   returns bank.answer, language sql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.expire_holds(p_limit integer DEFAULT 100)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_account(p_actor jsonb, p_account_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_balance(p_actor jsonb, p_account_id uuid, p_at timestamp with time zone)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_customer(p_actor jsonb, p_customer_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_hold(p_actor jsonb, p_hold_id uuid)
--   returns bank.answer, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_login(p_email text)
--   returns bank.answer, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_me(p_actor jsonb)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.get_transfer(p_actor jsonb, p_transfer_id uuid)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_accounts(p_actor jsonb, p_customer_id uuid DEFAULT NULL::uuid, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_audit_events(p_actor jsonb, p_actor_id uuid DEFAULT NULL::uuid, p_action text DEFAULT NULL::text, p_outcome text DEFAULT NULL::text, p_target_id uuid DEFAULT NULL::uuid, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_customers(p_actor jsonb, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_entries(p_actor jsonb, p_account_id uuid, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_holds(p_actor jsonb, p_account_id uuid DEFAULT NULL::uuid, p_status text DEFAULT NULL::text, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.list_transfers(p_actor jsonb, p_account_id uuid DEFAULT NULL::uuid, p_status text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text, p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_to timestamp with time zone DEFAULT NULL::timestamp with time zone, p_limit integer DEFAULT 20, p_position text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.record_access_refusal(p_actor jsonb, p_code text, p_target_type text DEFAULT NULL::text, p_target_id uuid DEFAULT NULL::uuid)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.record_login(p_actor jsonb, p_succeeded boolean)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.release_hold(p_actor jsonb, p_idempotency_key text, p_hold_id uuid)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.reverse_transfer(p_actor jsonb, p_idempotency_key text, p_transfer_id uuid, p_amount bigint DEFAULT NULL::bigint, p_force boolean DEFAULT false, p_description text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.store_audit_events(p_events jsonb)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.update_account(p_actor jsonb, p_account_id uuid, p_name text DEFAULT NULL::text, p_overdraft_limit bigint DEFAULT NULL::bigint, p_status text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.update_customer(p_actor jsonb, p_customer_id uuid, p_name text DEFAULT NULL::text, p_status text DEFAULT NULL::text)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_ledger()
--   returns jsonb, language sql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_ledger_part(p_actor jsonb, p_position text DEFAULT NULL::text, p_limit bigint DEFAULT 20000)
--   returns bank.answer, language plpgsql, stable, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank.verify_new_entries(p_position text DEFAULT NULL::text, p_limit bigint DEFAULT 20000)
--   returns bank.answer, language plpgsql, volatile, security definer, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by bank_api

-- function bank_internal.account_after(p_account bank.accounts, p_entry bank.entries)
--   returns bank.accounts, language plpgsql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.account_json(p_account bank.accounts)
--   returns json, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.account_settings(p_account bank.accounts)
--   returns jsonb, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.accounts_of(p_account_ids uuid[])
--   returns bank.accounts[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.answer(p_body json, p_changed text[] DEFAULT '{}'::text[], p_code text DEFAULT NULL::text, p_unstored_audit_events jsonb DEFAULT NULL::jsonb)
--   returns bank.answer, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.answer_hold(p_actor jsonb, p_idempotency_key text, p_hold bank.holds, p_account_id uuid, p_action text, p_code text, p_events jsonb[])
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.answer_transfer(p_actor jsonb, p_transfer bank.transfers, p_action text, p_target_id uuid, p_events jsonb[], p_detail jsonb DEFAULT '{}'::jsonb)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.audit(VARIADIC p_events jsonb[])
--   returns jsonb, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.audit_event(p_actor jsonb, p_action text, p_code text, p_target_type text, p_target_id uuid, p_detail jsonb DEFAULT '{}'::jsonb)
--   returns jsonb, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.audit_event_json(p_event bank.audit_events)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.batch_events(p_actor jsonb, p_transfers bank.transfers[], p_declined boolean)
--   returns jsonb[], language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.batch_items(p_actor jsonb, p_transfers jsonb, p_account_ids uuid[])
--   returns TABLE(batch_index integer, debit integer, credit integer, debit_account_id uuid, credit_account_id uuid, amount bigint, currency text, description text, metadata jsonb), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.cache_lifetime_ms(p_account_ids uuid[])
--   returns integer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.changed_accounts(p_account_ids uuid[])
--   returns text[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.claim_key(p_actor jsonb, p_key text, p_request jsonb)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.create_admin(p_email text, p_password_hash text)
--   returns uuid, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.customer_json(p_customer bank.customers)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.customer_statuses_of(p_account_ids uuid[])
--   returns text[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.decide_batch(p_actor jsonb, p_idempotency_key text, p_transfers jsonb, p_account_ids uuid[], OUT transfers bank.transfers[], OUT entries bank.entries[])
--   returns record, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.decide_transfer(p_order bank.transfers, p_force boolean DEFAULT false, p_reserved bigint DEFAULT 0)
--   returns bank.transfers, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.entry_hash(p_previous_hash bytea, p_account_id uuid, p_account_version bigint, p_amount bigint, p_balance_after bigint, p_transfer_id uuid, p_entry_id uuid, p_created_at timestamp with time zone)
--   returns bytea, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.entry_json(p_entry bank.entries, p_transfer bank.transfers)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.expired_amount(p_account_id uuid)
--   returns bigint, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.hold_json(p_hold bank.holds)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.hold_status(p_hold bank.holds)
--   returns text, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.insert_audit_events(p_events jsonb)
--   returns void, language plpgsql, volatile, set lock_timeout=50ms, owner bank_owner, executed by nobody else

-- function bank_internal.keep_answer(p_actor jsonb, p_key text, p_answer bank.answer)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.lock_accounts(p_actor jsonb, p_account_ids uuid[])
--   returns jsonb[], language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.matches(p_transfer bank.transfers, p_filters bank_internal.transfer_filters)
--   returns boolean, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.may_move(p_actor jsonb, p_debit_account_id uuid, p_credit_account_id uuid)
--   returns boolean, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.may_see_customer(p_actor jsonb, p_customer_id uuid)
--   returns boolean, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.may_see_transfer(p_actor jsonb, p_transfer bank.transfers)
--   returns boolean, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.new_entries(p_after uuid, p_limit bigint)
--   returns TABLE(account_id uuid, account_version bigint, transfer_id uuid, id uuid, balance_after bigint, hash bytea, next_version bigint, next_balance bigint, next_hash bytea, is_ordered boolean, account_is_done boolean, account_head text, newest_entry text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.new_id()
--   returns uuid, language sql, volatile, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by nobody else

-- function bank_internal.next_entry(p_account bank.accounts, p_transfer bank.transfers, p_amount bigint)
--   returns bank.entries, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.outcomes_json(p_transfers bank.transfers[], p_declined boolean)
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page(p_positions text[], p_items json[], p_limit integer, p_facts jsonb DEFAULT '{}'::jsonb)
--   returns bank.answer, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.page_of_accounts(p_customer_id uuid, p_limit integer, p_position text)
--   returns bank.answer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page_of_entries(p_account_id uuid, p_from timestamp with time zone, p_to timestamp with time zone, p_limit integer, p_position text)
--   returns bank.answer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page_of_holds(p_account_ids uuid[], p_status text, p_limit integer, p_position text)
--   returns bank.answer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page_of_internal_entries(p_account_id uuid, p_from timestamp with time zone, p_to timestamp with time zone, p_limit integer, p_position text)
--   returns bank.answer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.page_of_transfers(p_account_ids uuid[], p_sees_declines boolean, p_filters bank_internal.transfer_filters, p_limit integer, p_position text)
--   returns bank.answer, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.position_before(p_position text)
--   returns uuid, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.post_entries(p_entries bank.entries[])
--   returns void, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.refusal_of(p_debit bank.accounts, p_credit bank.accounts, p_debit_customer_status text, p_amount bigint, p_currency text, p_force boolean DEFAULT false)
--   returns text, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.refuse(p_code text, p_facts jsonb DEFAULT '{}'::jsonb)
--   returns void, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.refuse_change()
--   returns trigger, language plpgsql, volatile, set search_path=pg_catalog, pg_temp, owner bank_owner, executed by nobody else

-- function bank_internal.refuse_value(p_path text, p_message text)
--   returns void, language sql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.release_expired_holds(p_actor jsonb, p_account_id uuid)
--   returns jsonb[], language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.require_account(p_actor jsonb, p_account_id uuid)
--   returns bank.accounts, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_actor(p_actor jsonb)
--   returns void, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_admin(p_actor jsonb)
--   returns void, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_customer(p_actor jsonb, p_customer_id uuid)
--   returns bank.customers, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.require_hold(p_actor jsonb, p_hold_id uuid)
--   returns bank.holds, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.reversals_of(p_transfer_id uuid)
--   returns uuid[], language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.scope_of(p_actor jsonb)
--   returns uuid, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.settle(p_actor jsonb, p_idempotency_key text, p_kind text, p_account_id uuid, p_amount bigint, p_description text)
--   returns bank.answer, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.settlement_account_id(p_currency text)
--   returns uuid, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.statement_facts(p_account_id uuid, p_from timestamp with time zone, p_to timestamp with time zone)
--   returns jsonb, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.timestamp_text(p_at timestamp with time zone)
--   returns text, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.transfer_json(p_transfer bank.transfers, p_reversed_by uuid[] DEFAULT '{}'::uuid[])
--   returns json, language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.transfer_order(p_actor jsonb, p_idempotency_key text, p_kind text, p_debit_account_id uuid, p_credit_account_id uuid, p_amount bigint, p_currency text, p_description text, p_metadata jsonb DEFAULT '{}'::jsonb, p_hold_id uuid DEFAULT NULL::uuid, p_reverses_transfer_id uuid DEFAULT NULL::uuid)
--   returns bank.transfers, language plpgsql, volatile, owner bank_owner, executed by nobody else

-- function bank_internal.verified_json(p_what text, p_rows jsonb)
--   returns jsonb, language sql, immutable, owner bank_owner, executed by nobody else

-- function bank_internal.version_at(p_account_id uuid, p_at timestamp with time zone)
--   returns bigint, language plpgsql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_accounts(p_after uuid DEFAULT NULL::uuid, p_limit bigint DEFAULT NULL::bigint)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text, checked bigint, last_id uuid), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_currencies()
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_entries(p_account_id uuid DEFAULT NULL::uuid, p_version bigint DEFAULT NULL::bigint, p_limit bigint DEFAULT NULL::bigint)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text, checked bigint, last_account_id uuid, last_version bigint), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_links()
--   returns TABLE(rule text, subject text, id uuid, expected text, found text), language sql, stable, owner bank_owner, executed by nobody else

-- function bank_internal.violations_of_transfers(p_after uuid DEFAULT NULL::uuid, p_limit bigint DEFAULT NULL::bigint)
--   returns TABLE(rule text, subject text, id uuid, expected text, found text, checked bigint, last_id uuid), language sql, stable, owner bank_owner, executed by nobody else
