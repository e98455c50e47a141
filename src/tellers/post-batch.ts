import { callAs, callForEach, type Database } from "../database/call.ts";
import type { Actor, WriteFunctions } from "../database/functions.ts";
import type { Answer } from "../database/statement.ts";
import { ApiError } from "../errors.ts";
import { isBatchFailure, type TellerRequest } from "../services/ask-teller.ts";

/** An empty answer: the transfer must be sent alone. */
const no_answer: Answer = {
  code: null,
  body: null,
  replayed: false,
  changed: [],
  next_position: null,
  cache_lifetime_ms: null,
  unstored_audit_events: null,
  position: null,
};

/**
 * Posts a batch in one call and returns an answer for each request, in their order. An answer
 * without a body means that the request must be sent alone. Throws `service_unavailable`,
 * `read_only` or `internal_error` for the whole batch.
 */
export async function postBatch(
  database: Database,
  batch: readonly TellerRequest[],
): Promise<readonly Answer[]> {
  const [first] = batch;
  // For one transfer, the ordinary call is cheaper.
  if (batch.length === 1 && first !== undefined) return [await postOne(database, first)];
  const requests = `[${batch.map(({ text }) => text).join(",")}]`;
  const answers = await callForEach(database, "gather_transfers", { requests });
  if (answers.length !== batch.length)
    throw new Error("bank.gather_transfers did not answer each request.");
  return answers;
}

async function postOne(database: Database, { text }: TellerRequest): Promise<Answer> {
  // `askTeller` made this text. Its amount is a safe integer, so parsing rounds nothing.
  const request = JSON.parse(text) as Actor & WriteFunctions["create_transfer"];
  const { user_id, role, customer_id, request_id, ip, ...transfer } = request;
  try {
    return await callAs(
      database,
      { user_id, role, customer_id, request_id, ip },
      "create_transfer",
      transfer,
      "written",
    );
  } catch (error) {
    // A refusal has done nothing. When the transfer is sent alone, it gets the ordinary answer.
    if (error instanceof ApiError && !isBatchFailure(error.code)) return no_answer;
    throw error;
  }
}
