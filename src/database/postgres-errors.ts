import { ApiError, isCode } from "../errors.ts";

/** The SQLSTATE of every refusal of a function in schema `bank`. */
const refusal_sqlstate = "EBANK";

/**
 * SQLSTATEs of temporary failures: lock, statement and transaction timeouts, serialization
 * failures, deadlocks, a server that is a standby, a lost connection, and Hyperdrive's own errors
 * (58000).
 */
const transient_sqlstate = /^(55P03|57014|25P0[34]|25006|40001|40P01|08...|58...)$/;

/**
 * Why the Worker cannot get into its database, in words for the log. Some of these failures pass by
 * themselves, such as a restart. The others last until somebody repairs the cause.
 */
const closed_doors = [
  [
    /^28...$/,
    "Postgres refuses the login: the password has changed, or the role is gone or may not log in.",
  ],
  [/^3D...$/, "The database does not exist."],
  [/^53...$/, "Postgres has no connection, memory or disk left."],
  [/^57P..$/, "Postgres is starting, stopping, or has ended the connection."],
] as const;

/** The cause of a 503 that an operator must see. Its own cause is the error of the driver. */
class DatabaseClosed extends Error {
  override readonly name = "DatabaseClosed";
}

/**
 * Translates a failed call for the caller. An error without a severity comes from the connection
 * and not from Postgres: the statement may or may not have been executed. The caller finds out with
 * the same Idempotency-Key.
 */
export function explainPostgresError(error: unknown): ApiError {
  const { severity, code, detail } = (error ?? {}) as Partial<Record<string, unknown>>;
  if (code === refusal_sqlstate && typeof detail === "string") return readRefusal(detail, error);
  const reason = closedDoor(String(code), severity);
  if (reason !== undefined)
    return new ApiError("service_unavailable", {
      cause: new DatabaseClosed(reason, { cause: error }),
    });
  const is_transient = typeof severity !== "string" || transient_sqlstate.test(String(code));
  return new ApiError(is_transient ? "service_unavailable" : "internal_error", { cause: error });
}

/**
 * Whether no value in the statement can be the reason, because something in the schema is missing,
 * altered or not allowed (class 42).
 */
export function isSchemaError({ cause }: ApiError): boolean {
  const { code } = (cause ?? {}) as Partial<Record<string, unknown>>;
  return String(code).startsWith("42");
}

function closedDoor(sqlstate: string, severity: unknown): string | undefined {
  // Neon checks logins itself. The fields of such an error are empty, because Postgres has said
  // nothing.
  if (severity === "")
    return "Neon refuses the connection: the password has changed, or the project may not run.";
  const reason = closed_doors.find(([pattern]) => pattern.test(sqlstate))?.[1];
  // FATAL ends the connection, whatever the SQLSTATE. For a mere statement, 42501 would be a defect
  // of ours.
  return (
    reason ??
    (severity === "FATAL" ? "Postgres lets nobody into the database, or not this role." : undefined)
  );
}

function readRefusal(detail: string, cause: unknown): ApiError {
  const { code, ...facts } = JSON.parse(detail) as Record<string, unknown>;
  if (!isCode(code)) return new ApiError("internal_error", { cause });
  return new ApiError(code, { facts });
}
