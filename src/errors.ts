/**
 * Every error code of the API, with its status and its title. This is the only place that maps
 * codes to statuses. `retry_after_seconds` is sent as `Retry-After`, unless the error has a better
 * value.
 */
export const catalogue = {
  malformed_json: { status: 400, title: "The body is not valid JSON." },
  idempotency_key_required: {
    status: 400,
    title: "The operation needs an Idempotency-Key header.",
  },
  idempotency_key_invalid: {
    status: 400,
    title: "The Idempotency-Key header must be given once, as 1 to 255 visible ASCII characters.",
  },
  position_invalid: {
    status: 400,
    title: "The Bank-Position header is not a value from this API.",
  },
  cursor_invalid: { status: 400, title: "The cursor does not belong to this list." },
  unauthenticated: { status: 401, title: "A valid access token is needed." },
  invalid_credentials: { status: 401, title: "The email or the password is wrong." },
  forbidden: { status: 403, title: "The caller may not use this operation." },
  not_found: { status: 404, title: "It does not exist, or the caller may not see it." },
  method_not_allowed: { status: 405, title: "The path does not offer this method." },
  idempotency_key_in_use: {
    status: 409,
    title: "Another request with this Idempotency-Key is still being processed.",
    retry_after_seconds: 1,
  },
  email_taken: { status: 409, title: "A user with this email already exists." },
  precondition_failed: {
    status: 412,
    title: "The resource does not meet If-Match, If-None-Match or If-Unmodified-Since.",
  },
  payload_too_large: { status: 413, title: "The body is larger than 1 MiB." },
  unsupported_media_type: { status: 415, title: "The body must be application/json in UTF-8." },
  validation_failed: { status: 422, title: "The request has invalid values." },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key was already used for another request.",
  },
  insufficient_funds: {
    status: 422,
    title: "The debited account does not have enough available money.",
  },
  account_frozen: { status: 422, title: "The debited account is frozen." },
  customer_frozen: { status: 422, title: "The customer of the debited account is frozen." },
  account_closed: { status: 422, title: "The account is closed." },
  currency_mismatch: {
    status: 422,
    title: "The accounts and the transfer do not have the same currency.",
  },
  same_account: { status: 422, title: "The debited and the credited account are the same." },
  balance_out_of_range: {
    status: 422,
    title: "The balance would be too large for an exact integer.",
  },
  too_many_holds: {
    status: 422,
    title: "The account has reached the maximum number of holds.",
  },
  hold_not_active: { status: 422, title: "The hold is already captured, released or expired." },
  capture_exceeds_hold: { status: 422, title: "The amount to capture is larger than the hold." },
  transfer_not_reversible: { status: 422, title: "The transfer cannot be reversed." },
  reversal_exceeds_transfer: {
    status: 422,
    title: "All reversals together would be larger than the transfer.",
  },
  account_not_empty: { status: 422, title: "The account still has a balance or a hold." },
  batch_declined: {
    status: 422,
    title: "A transfer of the atomic batch was declined, so none was made.",
  },
  rate_limited: { status: 429, title: "Too many requests.", retry_after_seconds: 60 },
  internal_error: { status: 500, title: "The server has an internal error." },
  read_only: {
    status: 503,
    title: "The bank is read-only at the moment, so this request did nothing.",
    retry_after_seconds: 30,
  },
  service_unavailable: {
    status: 503,
    title: "The service is unavailable. It is not known whether the request was done.",
    retry_after_seconds: 1,
  },
} as const satisfies Record<
  string,
  { status: number; title: string; retry_after_seconds?: number }
>;

export type Code = keyof typeof catalogue;

export function isCode(text: unknown): text is Code {
  return typeof text === "string" && Object.hasOwn(catalogue, text);
}

/** One wrong value of a request: its path (`transfers.3.amount`), and what is wrong with it. */
export interface InvalidValue {
  readonly path: string;
  readonly message: string;
}

/** What a refused caller wanted to access. It is audited and never shown. */
export interface AccessTarget {
  readonly target_type: string;
  readonly target_id: string | null;
}

interface ApiErrorOptions {
  /** A sentence about this case that the caller may see. */
  readonly detail?: string | undefined;
  /** Further members of the problem document. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly target?: AccessTarget | undefined;
  /** For the log only. */
  readonly cause?: unknown;
}

/** The only class of errors that callers see: it becomes a problem document (RFC 9457). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: Code;
  readonly detail: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly target: AccessTarget | undefined;

  constructor(code: Code, options: ApiErrorOptions = {}) {
    super(code, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.facts = options.facts ?? {};
    this.headers = options.headers ?? {};
    this.target = options.target;
  }
}

/** The error for a request with wrong values, each with its path. */
export function validationFailed(errors: readonly InvalidValue[]): ApiError {
  return new ApiError("validation_failed", { facts: { errors } });
}

/**
 * Why the ledger declines a transfer, in order of precedence. A contract lists those that its
 * operation can get.
 */
export const transfer_declines = [
  "same_account",
  "currency_mismatch",
  "account_closed",
  "account_frozen",
  "customer_frozen",
  "insufficient_funds",
  "balance_out_of_range",
] as const satisfies readonly Code[];

/**
 * The declines that remain when the bank, or the original transfer, determines the debited account.
 */
export const settled_declines = transfer_declines.filter(
  (code) => code !== "same_account" && code !== "currency_mismatch",
);
