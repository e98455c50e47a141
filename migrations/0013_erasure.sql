set local role bank_owner;

-- The stored answer of a request that created or changed a customer has its name and email, so erase_customer must be
-- able to rewrite it. Nothing else of a key ever changes.
drop trigger idempotency_keys_keep on bank.idempotency_keys;
create trigger idempotency_keys_keep before delete or truncate on bank.idempotency_keys
  for each statement execute function bank_internal.refuse_change();
create trigger idempotency_keys_keep_all_but_body
  before update of scope, key, operation, request_hash, code, hold_id, refusals, changed, created_at
  on bank.idempotency_keys
  for each statement execute function bank_internal.refuse_change();
create trigger idempotency_keys_keep_other_bodies before update on bank.idempotency_keys
  for each row when (old.operation not in ('customer.create', 'customer.update'))
  execute function bank_internal.refuse_change();

reset role;
