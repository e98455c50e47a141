set local role bank_owner;

-- What every public function returns. The Worker passes body on unparsed, so no amount is ever rounded.
--   code                   null when done, else why the ledger declined: committed, stored and replayable
--   body                   the response, the page of a list without its cursor, or the facts of a decline, as JSON
--   replayed               the answer to an earlier request with the same idempotency key
--   changed                cache keys that the call outdated
--   next_position          where a list goes on, null at its end
--   cache_lifetime_ms      how long body may be cached at the most, null for the default
--   unstored_audit_events  audit events that the table did not take, null when it took all
create type bank.answer as (
  code text,
  body text,
  replayed boolean,
  changed text[],
  next_position text,
  cache_lifetime_ms integer,
  unstored_audit_events text
);

-- What is decided about one movement, before anything is stored. The members of a leg are null for an internal account
-- and for a transfer that is declined.
create type bank_internal.decision as (
  id uuid,
  code text,
  created_at timestamptz,
  debit_version bigint,
  debit_balance bigint,
  debit_hash bytea,
  credit_version bigint,
  credit_balance bigint,
  credit_hash bytea
);

-- One of many transfers that are decided together: a batch of one caller, or what tellers gather from many.
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

reset role;
