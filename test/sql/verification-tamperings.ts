/** One kind of tampering a row; the rules that must name the row called last. */
export const tamperings: readonly (readonly [
  what: string,
  statements: string,
  row: string,
  rules: readonly string[],
])[] = [
  [
    "the amount of a transfer",
    "update bank.transfers set amount = amount + 1 where id = :middle",
    "middle",
    ["entry_balance_after", "entry_hash"],
  ],
  [
    "the balance that a transfer left",
    "update bank.transfers set credit_balance = credit_balance + 1 where id = :middle",
    "middle",
    ["entry_balance_after", "entry_hash"],
  ],
  [
    "the newest balance that was left",
    "update bank.transfers set debit_balance = debit_balance + 1 where id = :last",
    "one",
    ["account_balance"],
  ],
  [
    "the newest hash that was left",
    "update bank.transfers set debit_hash = sha256(debit_hash) where id = :last",
    "one",
    ["account_head_hash"],
  ],
  [
    "one bit of a hash",
    "update bank.transfers set credit_hash = set_bit(credit_hash, 7, 1 - " +
      "get_bit(credit_hash, 7)) where id = :middle",
    "middle",
    ["entry_hash"],
  ],
  [
    "a version",
    "update bank.transfers set credit_version = credit_version + 100 where id = :middle",
    "credit",
    ["entry_version", "entry_hash"],
  ],
  [
    "the time of a transfer, by a microsecond",
    "update bank.transfers set created_at = created_at + interval '1 microsecond' " +
      "where id = :middle",
    "middle",
    ["entry_hash"],
  ],
  [
    "the time of a transfer, to before the one before",
    "update bank.transfers set created_at = created_at - interval '1 day' where id = :middle",
    "middle",
    ["entry_hash", "entry_order"],
  ],
  [
    "the id of a transfer",
    "update bank.transfers set id = '00000000-0000-4000-8000-000000000000' where id = :middle",
    "forged",
    ["entry_hash"],
  ],
  [
    "a transfer deleted",
    "delete from bank.transfers where id = :middle",
    "credit",
    ["entry_version", "entry_balance_after", "entry_hash"],
  ],
  [
    "the newest transfer deleted",
    "delete from bank.transfers where id = :last",
    "one",
    ["account_version", "account_balance", "account_head_hash"],
  ],
  [
    "a transfer turned into a decline",
    "update bank.transfers set status = 'declined', code = 'insufficient_funds' where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "a decline turned into a posted transfer",
    "update bank.transfers set status = 'posted', code = null where id = :declined",
    "declined",
    ["transfer_entries"],
  ],
  [
    "the status of a transfer, but not its code",
    "update bank.transfers set status = 'declined' where id = :middle",
    "middle",
    ["transfer_status"],
  ],
  [
    "the payee of a transfer",
    "update bank.transfers set credit_account_id = :idle where id = :last",
    "last",
    ["entry_hash"],
  ],
  [
    "the payee of a transfer, who has never had an entry",
    "update bank.transfers set credit_account_id = :idle where id = :last",
    "idle",
    ["account_version", "account_balance"],
  ],
  [
    "the payee of a credit",
    "update bank.transfers set credit_account_id = :idle where id = :credit",
    "spending",
    ["entry_version"],
  ],
  [
    "the other side of a credit",
    "update bank.transfers set debit_account_id = :idle where id = :credit",
    "credit",
    ["transfer_kind", "transfer_entries"],
  ],
  [
    "a transfer turned round",
    "update bank.transfers set debit_account_id = credit_account_id, credit_account_id = " +
      "debit_account_id where id = :middle",
    "middle",
    ["entry_balance_after", "entry_hash"],
  ],
  [
    "a transfer to the account that it comes from",
    "update bank.transfers set credit_account_id = debit_account_id, credit_version = 100 " +
      "where id = :last",
    "last",
    ["transfer_accounts"],
  ],
  [
    "a leg taken away",
    "update bank.transfers set debit_version = null, debit_balance = null, debit_hash = null " +
      "where id = :last",
    "last",
    ["transfer_entries"],
  ],
  [
    "a leg taken away from its account",
    "update bank.transfers set debit_version = null, debit_balance = null, debit_hash = null " +
      "where id = :last",
    "one",
    ["account_version"],
  ],
  [
    "half of the other leg taken away",
    "update bank.transfers set credit_hash = null where id = :last",
    "last",
    ["transfer_entries"],
  ],
  [
    "half of a leg taken away",
    "update bank.transfers set debit_balance = null where id = :last",
    "last",
    ["transfer_entries"],
  ],
  [
    "a leg for the settlement account",
    "update bank.transfers set debit_version = 1, debit_balance = -amount, debit_hash = " +
      "sha256('') where id = :credit",
    "credit",
    ["transfer_entries"],
  ],
  [
    "the currency of a transfer",
    "update bank.transfers set currency = 'EUR' where id = :middle",
    "middle",
    ["transfer_currency"],
  ],
  [
    "the currency of an account without money",
    "update bank.accounts set currency = 'EUR' where id = :spent",
    "spending",
    ["transfer_currency"],
  ],
  [
    "the kind of a transfer",
    "update bank.transfers set kind = 'credit' where id = :middle",
    "middle",
    ["transfer_kind"],
  ],
  [
    "a transfer made the capture of a hold",
    "update bank.transfers set hold_id = :hold where id = :middle",
    "middle",
    ["transfer_kind", "capture_matches"],
  ],
  [
    "an account deleted",
    "delete from bank.accounts where id = :one",
    "middle",
    ["transfer_accounts"],
  ],
  [
    "the settlement account deleted",
    "delete from bank.accounts where id = :settlement",
    "credit",
    ["transfer_accounts"],
  ],
  [
    "the key of a transfer claimed twice",
    "insert into bank.idempotency_keys (scope, key, operation, request_hash, changed, " +
      "created_at) select idempotency_scope, idempotency_key, 'hold', request_hash, '{}', " +
      "created_at from bank.transfers where id = :middle",
    "middle",
    ["idempotency_claim"],
  ],
  [
    "a transfer made one of a batch that was never asked for",
    "update bank.transfers set request_hash = null where id = :middle",
    "middle",
    ["idempotency_claim"],
  ],
  [
    "the place of a single transfer",
    "update bank.transfers set batch_index = 1 where id = :middle",
    "middle",
    ["idempotency_claim"],
  ],
  [
    "the balance of an account",
    "update bank.accounts set balance = balance + 1 where id = :one",
    "one",
    ["account_balance"],
  ],
  [
    "two balances, so that the sum holds",
    "update bank.accounts set balance = balance + 5 where id = :one; " +
      "update bank.accounts set balance = balance - 5 where id = :other",
    "one",
    ["account_balance"],
  ],
  [
    "the version of an account",
    "update bank.accounts set version = version + 1 where id = :one",
    "one",
    ["account_version"],
  ],
  [
    "the version of an account taken back",
    "update bank.accounts set version = version - 2 where id = :one",
    "one",
    ["account_version"],
  ],
  [
    "the newest hash of an account",
    "update bank.accounts set head_hash = sha256(head_hash) where id = :one",
    "one",
    ["account_head_hash"],
  ],
  [
    "an account made an internal one",
    "update bank.accounts set kind = 'internal', currency = 'XTS' where id = :idle",
    "idle",
    ["account_shape"],
  ],
  [
    "an account without a customer",
    "update bank.accounts set customer_id = null where id = :one",
    "one",
    ["account_shape"],
  ],
  ["a customer deleted", "delete from bank.customers where id = :ada", "one", ["account_shape"]],
  [
    "an account without a balance",
    "update bank.accounts set balance = null where id = :one",
    "one",
    ["account_shape", "account_balance"],
  ],
  [
    "the settlement account given a balance",
    "update bank.accounts set balance = 1 where id = :settlement",
    "settlement",
    ["account_shape"],
  ],
  [
    "an account frozen like its customer, who is not",
    "update bank.accounts set customer_is_frozen = true where id = :one",
    "one",
    ["account_customer"],
  ],
  [
    "a customer frozen without the accounts",
    "update bank.customers set status = 'frozen' where id = :ada",
    "one",
    ["account_customer"],
  ],
  [
    "what is held",
    "update bank.accounts set held = held - 1 where id = :other",
    "other",
    ["account_held"],
  ],
  [
    "the amount of a hold",
    "update bank.holds set amount = amount + 1 where id = :hold",
    "other",
    ["account_held"],
  ],
  ["a hold deleted", "delete from bank.holds where id = :hold", "other", ["account_held"]],
  [
    "a hold released, the money still held",
    "update bank.holds set status = 'released' where id = :hold",
    "other",
    ["account_held"],
  ],
  [
    "money held without a hold",
    "update bank.accounts set held = 1 where id = :one",
    "one",
    ["account_held"],
  ],
  [
    "a hold captured without a transfer",
    "update bank.holds set status = 'captured' where id = :hold",
    "hold",
    ["hold_shape", "hold_matches"],
  ],
  [
    "an active hold with a captured amount",
    "update bank.holds set captured_amount = 1 where id = :hold",
    "hold",
    ["hold_shape"],
  ],
  [
    "the payee of a hold made an internal account",
    "update bank.holds set credit_account_id = :settlement where id = :hold",
    "hold",
    ["hold_accounts"],
  ],
  [
    "the currency of a hold",
    "update bank.holds set currency = 'EUR' where id = :hold",
    "hold",
    ["hold_accounts"],
  ],
];
