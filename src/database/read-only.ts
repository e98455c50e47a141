import { ApiError } from "../errors.ts";
import type { Query, Row, Value } from "./query.ts";
import { readAnswer, statementOf } from "./statement.ts";

const insufficient_privilege = "42501";
const attempts_max = 2;

/**
 * Sends a statement, and throws `read_only` if it failed because the bank is read-only: the
 * read-only switch revokes the Worker's right to execute functions that change the ledger. A
 * missing right for any other reason is a defect, so the database is asked for the cause. If it
 * says that the bank is not read-only, the switch may just have been turned off. Nothing was done,
 * so the statement is tried again.
 *
 * Throws `read_only`, and the errors of the driver.
 */
export async function queryUnlessReadOnly(
  query: Query,
  text: string,
  values: readonly Value[],
): Promise<readonly Row[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await query(text, values);
    } catch (error) {
      if ((error as { readonly code?: unknown } | null)?.code !== insufficient_privilege)
        throw error;
      if (await isReadOnly(query)) throw new ApiError("read_only", { cause: error });
      if (attempt === attempts_max) throw error;
    }
  }
}

async function isReadOnly(query: Query): Promise<boolean> {
  const { text, values } = statementOf("check_readiness", {}, "nothing");
  const [row] = await query(text, values);
  const { body } = readAnswer(row, "nothing");
  // bank.check_readiness makes this object.
  return body !== null && (JSON.parse(body) as { readonly is_read_only: boolean }).is_read_only;
}
