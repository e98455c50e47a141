import type { Code } from "./errors.ts";

/** What the caller does: send it again as it is, send something else, or ask a person. */
export type Advice = "retry" | "change" | "ask";

export interface Explanation {
  /** When the code is answered. */
  readonly when: string;
  readonly advice: Advice;
  /** What to do about it, in one or two sentences. */
  readonly then: string;
}

/**
 * For each code of the catalogue what `/docs/problems` says of it. A code without an explanation does not compile. Kept apart
 * from the catalogue because the Worker needs none of it to answer.
 */
export const explanations = {
  malformed_json: {
    when: "The body is not JSON in UTF-8, or one of its objects has two members of one name.",
    advice: "change",
    then: "Let a JSON library write the body. The detail says more where there is more to say. No key was used up.",
  },
  idempotency_key_required: {
    when: "The operation moves money and the request has no Idempotency-Key header.",
    advice: "change",
    then: "Make a new key for each thing that you want done, a UUID for example, store it, and send it with each try.",
  },
  idempotency_key_invalid: {
    when:
      "The Idempotency-Key header was sent twice, is empty, is longer than 255 characters, or holds a space or a " +
      "character outside visible ASCII.",
    advice: "change",
    then: "Send one header with 1 to 255 characters from ! to ~. A UUID is always right.",
  },
  position_invalid: {
    when: "The Bank-Position header is not a value that this API has answered.",
    advice: "change",
    then: "Send the Bank-Position of an earlier answer unchanged, or leave the header out.",
  },
  cursor_invalid: {
    when:
      "The cursor was changed, or comes from another list: another operation, other filters, another account or " +
      "another caller. The keys that sign cursors may also have been replaced.",
    advice: "change",
    then: "Send a next_cursor unchanged and with the same filters, or start again from the first page.",
  },
  unauthenticated: {
    when:
      "There is no access token, or it has expired, was not made for this bank, or belongs to a user who is disabled " +
      "or whose role has changed.",
    advice: "change",
    then: "Log in again and repeat the request with the new token and the same Idempotency-Key. Tokens last 15 minutes.",
  },
  invalid_credentials: {
    when: "No user has this email, or the password is wrong. The two look the same.",
    advice: "change",
    then: "Let the person type both again. After 10 failures in 15 minutes the answer is rate_limited.",
  },
  forbidden: {
    when: "The operation is for admins, and the caller is a customer.",
    advice: "ask",
    then: "Ask an admin of the bank to do it.",
  },
  not_found: {
    when:
      "The path, or something that the request names, does not exist, or exists and belongs to somebody else. The two " +
      "look the same.",
    advice: "change",
    then: "Check the path and the ids, and whether the token is that of the customer who owns them.",
  },
  method_not_allowed: {
    when: "The path exists and does not offer this method.",
    advice: "change",
    then: "Use one of the methods that the Allow header names.",
  },
  idempotency_key_in_use: {
    when: "An earlier request with the same key is still being worked on.",
    advice: "retry",
    then: "Wait as long as Retry-After says, then send the same request with the same key: it answers what became of it.",
  },
  email_taken: {
    when: "Another user, customer or admin, has this email.",
    advice: "change",
    then:
      "If an earlier try of yours may have made the customer, look for it in the list of customers. Otherwise use another " +
      "email.",
  },
  precondition_failed: {
    when: "Somebody changed the resource since you read it: its ETag is no longer the one in If-Match.",
    advice: "change",
    then: "Read the resource again, decide again, and send the change with the new ETag.",
  },
  payload_too_large: {
    when: "The body is larger than 1 MiB.",
    advice: "change",
    then: "Send fewer transfers in one batch, each batch with its own key.",
  },
  unsupported_media_type: {
    when: "The Content-Type is not application/json, names a charset other than UTF-8, or the body is compressed.",
    advice: "change",
    then: "Send the JSON as it is, with Content-Type: application/json.",
  },
  validation_failed: {
    when: "A value of the body or of the query is missing, not known here, or not allowed.",
    advice: "change",
    then: "errors names the first 20 of them, each with its path. Correct them; the same key can be used again.",
  },
  idempotency_key_reused: {
    when: "The key was used before, for another operation, another path or another body. Nothing happened this time.",
    advice: "change",
    then: "Use a new key for a new request. To find out what became of the first one, send exactly that one again.",
  },
  insufficient_funds: {
    when: "The debited account has less available than the amount: its balance, less its holds, plus its overdraft limit.",
    advice: "change",
    then: "Bring money in or lower the amount, then send it with a new key. The same key answers this decline again.",
  },
  account_frozen: {
    when: "The debited account is frozen: it takes money in and lets none out.",
    advice: "ask",
    then: "Ask the bank why. When it is active again, send the transfer with a new key.",
  },
  customer_frozen: {
    when: "The customer who owns the debited account is frozen: no money leaves any of its accounts.",
    advice: "ask",
    then: "Ask the bank why. When the customer is active again, send the transfer with a new key.",
  },
  account_closed: {
    when: "One of the accounts is closed, which is for ever.",
    advice: "change",
    then: "Use another account. A hold whose payee's account was closed cannot be captured any more; release it.",
  },
  currency_mismatch: {
    when: "The two accounts have different currencies, or the currency in the request is not theirs.",
    advice: "change",
    then: "Use accounts of one currency. The bank converts no money.",
  },
  same_account: {
    when: "The debited and the credited account are one and the same.",
    advice: "change",
    then: "Name two different accounts.",
  },
  balance_out_of_range: {
    when:
      "A balance, or a balance with its overdraft limit, would pass 9,007,199,254,740,991 minor units, the largest " +
      "integer that every JSON reader holds exactly.",
    advice: "change",
    then: "Move less, or use another account.",
  },
  too_many_holds: {
    when: "The account has 1,000 holds that are active or were so until a moment ago.",
    advice: "change",
    then: "Capture or release holds that are done with, then send the hold with a new key.",
  },
  hold_not_active: {
    when: "The hold was captured or released before, or has expired.",
    advice: "change",
    then: "Read the hold to see which. If money is still owed, make a new hold or a transfer.",
  },
  capture_exceeds_hold: {
    when: "The amount to capture is larger than the amount that was held.",
    advice: "change",
    then: "Capture the amount of the hold at most, with a new key, and make a transfer for the rest.",
  },
  transfer_not_reversible: {
    when: "The transfer was declined, or is a reversal itself.",
    advice: "change",
    then: "There is nothing to take back of a decline. To undo a reversal, make a new transfer.",
  },
  reversal_exceeds_transfer: {
    when: "With this one, the reversals of the transfer would take back more than it moved.",
    advice: "change",
    then: "Read the transfer: reversed_by_transfer_ids names what was taken back already. Reverse what is left at most.",
  },
  account_not_empty: {
    when: "An account can be closed only when its balance is 0 and nothing is held on it.",
    advice: "change",
    then: "Move the balance out, capture or release the holds, and close it then.",
  },
  batch_declined: {
    when: "The batch was sent as atomic, and at least one of its transfers was declined. None of them was made.",
    advice: "change",
    then: "outcomes has the code of each, in the order sent. Correct the batch and send it with a new key.",
  },
  rate_limited: {
    when: "There were more requests than the limit allows: of this user, this address, or failed logins of this email.",
    advice: "retry",
    then: "Wait as long as Retry-After says, then send the same request with the same key. Nothing was done yet.",
  },
  internal_error: {
    when: "The bank has a fault that it did not foresee.",
    advice: "ask",
    then:
      "Sending the same request with the same key is safe. If it fails again, give the request_id to whoever runs the " +
      "bank; the log has the cause.",
  },
  read_only: {
    when: "Whoever runs the bank has stopped all changes for a while. Reads go on. Nothing was done for this request.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same key. What the key did before stands, " +
      "and is answered again then.",
  },
  service_unavailable: {
    when:
      "The database cannot be reached, is being restarted, or did not answer in time. The request may have been done or " +
      "not.",
    advice: "retry",
    then:
      "Wait as long as Retry-After says, then send the same request with the same key: it is done once, and you get the " +
      "answer to it.",
  },
} as const satisfies Readonly<Record<Code, Explanation>>;
