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

-- What a list of transfers is asked for; null for whatever does not matter.
create type bank_internal.transfer_filters as (
  status text,
  idempotency_key text,
  idempotency_scope uuid,
  created_from timestamptz,
  created_to timestamptz
);

reset role;
