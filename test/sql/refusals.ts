import { DatabaseError } from "pg";

/** The facts of a call that is refused with SQLSTATE EBANK: `{ code: "not_found" }`. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await failure(call);
  if (error.code !== "EBANK") throw error;
  return JSON.parse(error.detail ?? "") as Record<string, unknown>;
}

/** The SQLSTATE of a call that fails. */
export async function sqlState(call: Promise<unknown>): Promise<string | undefined> {
  return (await failure(call)).code;
}

/** All that a failed call tells its caller. */
export async function failureFacts(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const { message, code, detail, hint, where, table, column, constraint } = await failure(call);
  return { message, code, detail, hint, where, table, column, constraint };
}

async function failure(call: Promise<unknown>): Promise<DatabaseError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DatabaseError) return error;
  throw new Error("the call was not refused by the database", { cause: error });
}
