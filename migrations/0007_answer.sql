set local role bank_owner;

-- What every public function returns. The Worker passes body on without parsing it, so no amount is ever rounded.
--   code                   null when done, else why the ledger declined: committed, stored and replayable
--   body                   as JSON: the response, the page of a list without its cursor, or the facts of a decline
--   replayed               true for the answer to an earlier request with the same idempotency key
--   changed                cache keys whose values are stale after this call
--   next_position          where a list continues, null at its end
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

-- The decision on one movement, before anything is stored. The members of a leg are null for an internal account and
-- for a declined transfer.
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

-- One of many transfers that are decided together: the batch of one caller, or what a teller gathers from many
-- callers.
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
