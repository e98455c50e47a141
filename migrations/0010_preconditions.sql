-- Writes take preconditions, and every write takes a key. With more parameters, `create or replace` would make a
-- second function of the same name, so the old functions are dropped here.

set local role bank_owner;

drop function if exists
  bank.create_customer(bank.actor, text, text, text),
  bank.update_customer(bank.actor, uuid, text, text),
  bank.create_account(bank.actor, uuid, text, text, bigint),
  bank.update_account(bank.actor, uuid, text, bigint, text),
  bank.credit_account(bank.actor, text, uuid, bigint, text),
  bank.debit_account(bank.actor, text, uuid, bigint, text),
  bank_internal.settle(bank.actor, text, text, uuid, bigint, text),
  bank.capture_hold(bank.actor, text, uuid, bigint),
  bank.release_hold(bank.actor, text, uuid),
  bank.reverse_transfer(bank.actor, text, uuid, bigint, boolean, text);

reset role;
