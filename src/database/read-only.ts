import { ApiError } from "../errors.ts";
import type { Query } from "./query.ts";

const insufficient_privilege = "42501";
const attempts_max = 2;

/**
 * Sends a statement, and says so when it failed because the bank is read-only: the switch takes the Worker's right to
 * execute what changes the ledger. The database is asked, because a right that is missing for any other reason is a
 * defect. When it says that the bank is not read-only, it may not be any more: nothing was done, so it is tried again.
 *
 * Throws `read_only`, and what the driver throws.
 */
export async function queryUnlessReadOnly(
  query: Query,
  text: string,
  values: readonly unknown[],
): Promise<readonly object[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await query(text, values);
    } catch (error) {
      if ((error as { readonly code?: unknown } | null)?.code !== insufficient_privilege) throw error;
      if (await isReadOnly(query)) throw new ApiError("read_only", { cause: error });
      if (attempt === attempts_max) throw error;
    }
  }
}

async function isReadOnly(query: Query): Promise<boolean> {
  const text = "select answer.body from bank.check_readiness() as answer where now() is not null";
  const [row] = await query(text, []);
  const { body } = (row ?? {}) as { readonly body?: string };
  // bank.check_readiness makes this object.
  return body !== undefined && (JSON.parse(body) as { readonly is_read_only: boolean }).is_read_only;
}
