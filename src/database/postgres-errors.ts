import { ApiError, isCode } from "../errors.ts";

/** The SQLSTATE of everything that a function of schema `bank` refuses. */
const refusal_sqlstate = "EBANK";

/**
 * SQLSTATEs that say "not now": lock, statement and transaction timeouts, serialization failures and deadlocks, a
 * server that is starting, stopping, out of resources or a standby, a lost connection, and Hyperdrive's own (58000).
 */
const transient_sqlstate = /^(55P03|57014|25P0[34]|25006|40001|40P01|57P0[1-5]|53...|08...|58...)$/;

/**
 * What a failed call means for the caller. An error without a severity came from the connection and not from
 * Postgres: the statement may or may not have been done, which the same Idempotency-Key finds out.
 */
export function explainPostgresError(error: unknown): ApiError {
  const { severity, code, detail } = (error ?? {}) as Partial<Record<string, unknown>>;
  if (code === refusal_sqlstate && typeof detail === "string") return readRefusal(detail, error);
  const is_transient = typeof severity !== "string" || transient_sqlstate.test(String(code));
  return new ApiError(is_transient ? "service_unavailable" : "internal_error", { cause: error });
}

function readRefusal(detail: string, cause: unknown): ApiError {
  const { code, ...facts } = JSON.parse(detail) as Record<string, unknown>;
  if (!isCode(code)) return new ApiError("internal_error", { cause });
  return new ApiError(code, { facts });
}
