/** One kind of tampering a row, and the rule and the row that must be named. */
export const tamperings: readonly (readonly [
  what: string,
  statements: string,
  rule: string,
  row: string,
])[] = [
  [
    "the amount of a capture's transfer and its hold apart",
    "update bank.holds set captured_amount = 41 where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a captured hold pointed at another transfer",
    "update bank.holds set transfer_id = :moved where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a captured hold pointed at another transfer, missed by its capture",
    "update bank.holds set transfer_id = :moved where id = :hold",
    "capture_matches",
    "capture",
  ],
  [
    "a captured hold made active again",
    "update bank.holds set status = 'active', transfer_id = null, captured_amount = 0 " +
      "where id = :hold",
    "account_held",
    "one",
  ],
  [
    "a captured hold deleted",
    "delete from bank.holds where id = :hold",
    "capture_matches",
    "capture",
  ],
  [
    "a captured hold made a released one",
    "update bank.holds set status = 'released', transfer_id = null, captured_amount = 0 " +
      "where id = :hold",
    "capture_matches",
    "capture",
  ],
  [
    "a released hold that keeps its transfer",
    "update bank.holds set status = 'released' where id = :hold",
    "hold_shape",
    "hold",
  ],
  [
    "the payee of a captured hold",
    "update bank.holds set credit_account_id = :one where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a transfer made a second capture",
    "update bank.transfers set kind = 'capture', hold_id = :hold where id = :moved",
    "capture_matches",
    "moved",
  ],
  [
    "the original of a reversal made smaller",
    "update bank.transfers set amount = 99 where id = :moved",
    "reversal_sum",
    "moved",
  ],
  [
    "the original of a reversal declined",
    "update bank.transfers set status = 'declined', code = 'insufficient_funds' where id = :moved",
    "reversal_matches",
    "reversal",
  ],
  [
    "a reversal of another transfer",
    "update bank.transfers set reverses_transfer_id = :last where id = :reversal",
    "reversal_sum",
    "last",
  ],
  [
    "a reversal of a transfer that is not there",
    "update bank.transfers set reverses_transfer_id = :hold where id = :reversal",
    "reversal_matches",
    "reversal",
  ],
  [
    "a reversal of a reversal",
    "update bank.transfers set reverses_transfer_id = :reversal_of_rest where id = :reversal",
    "reversal_matches",
    "reversal",
  ],
  [
    "a plain transfer made a reversal the same way",
    "update bank.transfers set kind = 'reversal', reverses_transfer_id = :next_to_last " +
      "where id = :last",
    "reversal_matches",
    "last",
  ],
  [
    "a reversal made a plain transfer",
    "update bank.transfers set kind = 'transfer' where id = :reversal",
    "transfer_kind",
    "reversal",
  ],
  [
    "the key of a batch deleted",
    "delete from bank.idempotency_keys where operation = 'batch'",
    "idempotency_claim",
    "batched",
  ],
  [
    "the last transfer deleted",
    "delete from bank.transfers where id = :last",
    "account_version",
    "one",
  ],
  [
    "two transfers in each other's place",
    "update bank.transfers set debit_version = debit_version + 100 where id in (:last, " +
      ":next_to_last); update bank.transfers set debit_version = 10 " +
      "where id = :next_to_last; update bank.transfers set debit_version = 9 where id = :last",
    "entry_hash",
    "last",
  ],
  [
    "money moved between two transfers of one account",
    "update bank.transfers set amount = amount + case id when :last then 1 else -1 end " +
      "where id in (:last, :next_to_last)",
    "entry_hash",
    "last",
  ],
  [
    "all credits, in two accounts' balances",
    "update bank.transfers set amount = amount - 1 where kind = 'credit'",
    "currency_sum",
    "no row",
  ],
];

/**
 * Makes what version `version` left on both accounts follow from the entry before, as the functions
 * would have.
 */
const rehash = (version: number): string =>
  ["debit", "credit"]
    .map(
      (side) => `update bank.transfers
        set ${side}_balance = entry.balance,
            ${side}_hash = bank_internal.entry_hash(
              entry.before_hash, entry.account_id, entry.counterparty_account_id,
              entry.account_version, entry.amount, entry.balance, entry.id, entry.created_at)
       from (select later.*, before.balance_after + later.amount as balance,
                    before.hash as before_hash
               from bank.entries as later
               join bank.entries as before
                 on before.account_id = later.account_id
                and before.account_version = later.account_version - 1
              where later.account_version = ${String(version)}) as entry
      where transfers.id = entry.id and ${side}_account_id = entry.account_id`,
    )
    .join(";");
const rechain = [9, 10].map(rehash).join(";");

const standAnew = `update bank.accounts
    set balance = newest.balance_after, head_hash = newest.hash
   from bank.entries as newest
  where newest.account_id = accounts.id and newest.account_version = accounts.version
    and accounts.kind = 'customer'`;

/** Above the point verified last: versions 9 and 10 double what they moved. */
export const rewriteNews = `update bank.transfers set amount = amount * 2
  where id in (:last, :next_to_last); ${rechain}; ${standAnew}`;

/** Below it: version 8, the last of the batch, moves 4 more. */
export const rewriteOld = `update bank.transfers set amount = amount + 4 where id = :batched;
  ${[8, 9, 10].map(rehash).join(";")}; ${standAnew}`;

export const rewritePoint = `update bank.verified_accounts as verified
    set head_hash = entry.hash, balance = entry.balance_after
   from bank.entries as entry
  where entry.account_id = verified.account_id and entry.account_version = verified.version`;

/** Tampering with what no incremental run has seen yet. */
export const new_tamperings: readonly (readonly [what: string, statements: string])[] = [
  ["an amount", "update bank.transfers set amount = amount + 1 where id = :last"],
  [
    "a balance that was left",
    "update bank.transfers set debit_balance = debit_balance + 1 where id = :next_to_last",
  ],
  ["a hash", "update bank.transfers set debit_hash = sha256(debit_hash) where id = :next_to_last"],
  ["the newest hash", "update bank.transfers set debit_hash = sha256(debit_hash) where id = :last"],
  [
    "a time",
    "update bank.transfers set created_at = created_at - interval '1 microsecond' where id = :last",
  ],
  ["a transfer deleted", "delete from bank.transfers where id = :next_to_last"],
  ["the newest transfer deleted", "delete from bank.transfers where id = :last"],
  ["all new transfers deleted", "delete from bank.transfers where id in (:last, :next_to_last)"],
  [
    "two transfers in each other's place",
    "update bank.transfers set debit_version = debit_version + 100 where id in (:last, " +
      ":next_to_last); update bank.transfers set debit_version = 10 " +
      "where id = :next_to_last; update bank.transfers set debit_version = 9 where id = :last",
  ],
  [
    "the leg of one side taken away",
    "update bank.transfers set credit_version = null, credit_balance = null, credit_hash = " +
      "null where id = :last",
  ],
  ["the currency", "update bank.transfers set currency = 'EUR' where id = :last"],
  ["the kind", "update bank.transfers set kind = 'credit' where id = :last"],
  [
    "the key, of a batch that is none",
    "update bank.transfers set request_hash = null where id = :last",
  ],
  [
    "amounts, balances and hashes rewritten, but not the accounts",
    `update bank.transfers set amount = amount * 2 where id = :next_to_last; ${rechain}`,
  ],
  ["the balance of an account", "update bank.accounts set balance = balance + 1 where id = :one"],
  [
    "the newest hash of an account",
    "update bank.accounts set head_hash = sha256(head_hash) where id = :one",
  ],
];
