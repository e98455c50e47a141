import type { Code } from "./errors.ts";

/** What the caller should do: repeat the request, change it, or ask a person. */
export type Advice = "retry" | "change" | "ask";

export interface Explanation {
  /** When the API answers with this code. */
  readonly when: string;
  readonly advice: Advice;
  /** What to do about it, in one or two sentences. */
  readonly then: string;
}

/**
 * The text about each code on `/docs/problems`. A code without an explanation does not compile. It
 * is not in the catalogue, because the Worker does not need it to answer.
 */
export const explanations = {
  malformed_json: {
    when: "The body is not JSON in UTF-8, or one of its objects has two members with the same name.",
    advice: "change",
    then: "Write the body with a JSON library. The detail may say more. The key was not used.",
  },
  idempotency_key_required: {
    when: "The operation moves money and the request has no Idempotency-Key header.",
    advice: "change",
    then:
      "Make a new key for each thing that you want done, for example a UUID. Store it, and " +
      "send it with every attempt.",
  },
  idempotency_key_invalid: {
    when:
      "The Idempotency-Key header was sent twice, is empty, is longer than 255 characters, " +
      "or contains a space or a character outside visible ASCII.",
    advice: "change",
    then: "Send one header with 1 to 255 characters from ! to ~. A UUID always works.",
  },
  position_invalid: {
    when: "The Bank-Position header is not a value that this API has sent.",
    advice: "change",
    then: "Send the Bank-Position of an earlier response unchanged, or leave the header out.",
  },
  cursor_invalid: {
    when:
      "The cursor was changed, or comes from another list: another operation, other filters, " +
      "another account or another caller. The keys that sign " +
      "cursors may also have been replaced.",
    advice: "change",
    then: "Send a next_cursor unchanged and with the same filters, or start again from the first page.",
  },
  unauthenticated: {
    when:
      "There is no access token, or it has expired, was not made for this bank, or belongs " +
      "to a user who is disabled or whose role has changed.",
    advice: "change",
    then:
      "Log in again and repeat the request with the new token and the same " +
      "Idempotency-Key. Tokens last 15 minutes.",
  },
  invalid_credentials: {
    when: "No user has this email, or the password is wrong. Both look the same.",
    advice: "change",
    then:
      "Ask the person to type both again. After 10 failures in 15 minutes, every " +
      "further login gets rate_limited.",
  },
  forbidden: {
    when: "The operation is for admins, and the caller is a customer.",
    advice: "ask",
    then: "Ask an admin of the bank to do it.",
  },
  not_found: {
    when:
      "The path, or a resource that the request names, does not exist or belongs to somebody " +
      "else. Both look the same.",
    advice: "change",
    then: "Check the path and the ids, and check that the token belongs to the customer who owns them.",
  },
  method_not_allowed: {
    when: "The path exists but does not support this method.",
    advice: "change",
    then: "Use one of the methods in the Allow header.",
  },
  idempotency_key_in_use: {
    when: "An earlier request with the same key is still being processed.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same key. You get " +
      "the outcome of the first one.",
  },
  email_taken: {
    when: "Another user, customer or admin, has this email.",
    advice: "change",
    then:
      "If an earlier attempt of yours may have created the customer, look for it in the list " +
      "of customers. Otherwise use another email.",
  },
  precondition_failed: {
    when:
      "The resource does not meet If-Match, If-None-Match or If-Unmodified-Since. In most " +
      "cases somebody has changed it since you read it.",
    advice: "change",
    then: "Read the resource again, decide again, and send the change with the new ETag.",
  },
  payload_too_large: {
    when: "The body is larger than 1 MiB.",
    advice: "change",
    then: "Send fewer transfers in one batch, each batch with its own key.",
  },
  unsupported_media_type: {
    when:
      "The Content-Type is not application/json, its charset is not " +
      "UTF-8, or the body is compressed.",
    advice: "change",
    then: "Send the JSON as it is, with Content-Type: application/json.",
  },
  validation_failed: {
    when: "A value in the body or the query is missing, unknown or not allowed.",
    advice: "change",
    then:
      "errors lists the first 20 wrong values, each with its path. Correct them. " +
      "You can use the same key again.",
  },
  idempotency_key_reused: {
    when: "The key was used before with another operation, path or body. This request did nothing.",
    advice: "change",
    then:
      "Use a new key for a new request. To get the outcome of the first " +
      "request, send exactly that one again.",
  },
  insufficient_funds: {
    when:
      "The amount is more than the debited account has available: its balance, minus its " +
      "holds, plus its overdraft limit.",
    advice: "change",
    then:
      "Pay money in or lower the amount, then send the transfer with a new key. The " +
      "same key gets this decline again.",
  },
  account_frozen: {
    when: "The debited account is frozen: it can receive money, but no money can leave it.",
    advice: "ask",
    then: "Ask the bank why. When it is active again, send the transfer with a new key.",
  },
  customer_frozen: {
    when:
      "The customer who owns the debited account is frozen: no money " +
      "can leave any of its accounts.",
    advice: "ask",
    then: "Ask the bank why. When the customer is active again, send the transfer with a new key.",
  },
  account_closed: {
    when: "One of the accounts is closed. Closing is permanent.",
    advice: "change",
    then:
      "Use another account. If the payee's account of a hold was closed, the hold " +
      "cannot be captured: release it.",
  },
  currency_mismatch: {
    when: "The two accounts have different currencies, or the currency in the request is not theirs.",
    advice: "change",
    then: "Use accounts with the same currency. The bank does not convert money.",
  },
  same_account: {
    when: "The debited and the credited account are the same.",
    advice: "change",
    then: "Name two different accounts.",
  },
  balance_out_of_range: {
    when:
      "A balance, or a balance plus its overdraft limit, would leave the range of " +
      "±9,007,199,254,740,991 minor units. Only in this range can every JSON " +
      "reader hold each integer exactly.",
    advice: "change",
    then: "Move less, or use another account.",
  },
  too_many_holds: {
    when: "The account has 1,000 holds that are active, or that have expired a moment ago.",
    advice: "change",
    then: "Capture or release holds that you no longer need, then send the hold with a new key.",
  },
  hold_not_active: {
    when: "The hold was already captured or released, or it has expired.",
    advice: "change",
    then:
      "Read the hold to see which of these it was. If money is still owed, " +
      "make a new hold or a transfer.",
  },
  capture_exceeds_hold: {
    when: "The amount to capture is larger than the hold.",
    advice: "change",
    then: "Capture at most the amount of the hold, with a new key, and make a transfer for the rest.",
  },
  transfer_not_reversible: {
    when: "The transfer was declined, or is a reversal itself.",
    advice: "change",
    then:
      "A declined transfer moved no money, so there is nothing to reverse. To undo a " +
      "reversal, make a new transfer.",
  },
  reversal_exceeds_transfer: {
    when:
      "With this reversal, all reversals of the transfer together would take back more than it " +
      "moved.",
    advice: "change",
    then:
      "Read the transfer: reversed_by_transfer_ids lists its reversals so " +
      "far. Reverse at most what is left.",
  },
  account_not_empty: {
    when: "An account can only be closed when its balance is 0 and it has no active hold.",
    advice: "change",
    then:
      "Move the balance out and capture or release the holds. Then close it. If " +
      "you send a key, use a new one.",
  },
  batch_declined: {
    when:
      "The batch was sent as atomic, and at least one of its transfers was " +
      "declined. None of them was made.",
    advice: "change",
    then:
      "outcomes has the code of each transfer, in the same order. Correct the " +
      "batch and send it with a new key.",
  },
  rate_limited: {
    when:
      "There were more requests than the limit for this user or address, or more failed logins " +
      "than the limit for this email.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same " +
      "key. This request did nothing.",
  },
  internal_error: {
    when: "The bank's software has an unexpected fault.",
    advice: "ask",
    then:
      "It is safe to send the same request with the same key. If it fails again, give the " +
      "request_id to the operator of the bank. The log has the cause.",
  },
  read_only: {
    when:
      "The operator of the bank has stopped all changes for a while. Reads still " +
      "work. This request did nothing.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same key. If an " +
      "earlier request with this key was done, you get its outcome then.",
  },
  service_unavailable: {
    when:
      "The database is unreachable, is restarting, or did not answer in time. The request may " +
      "or may not have been done.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same key. It is " +
      "done only once, and you get its outcome.",
  },
} as const satisfies Readonly<Record<Code, Explanation>>;
