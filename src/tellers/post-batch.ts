import { callAs, callForEach, type Answer, type Database } from "../database/call.ts";
import type { Actor, WriteFunctions } from "../database/functions.ts";
import { ApiError } from "../errors.ts";
import type { TellerRequest } from "../services/ask-teller.ts";

/** Says nothing: the transfer must be asked for alone. */
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
 * Posts a batch in one call and answers each request, in their order. An answer without a body says that the request
 * must be asked for alone. Throws `service_unavailable` or `internal_error`, which concern all of them.
 */
export async function postBatch(
  database: Database,
  batch: readonly TellerRequest[],
): Promise<readonly Answer[]> {
  const [first] = batch;
  // A batch of one costs less as the ordinary call.
  if (batch.length === 1 && first !== undefined) return [await postOne(database, first)];
  const requests = `[${batch.map(({ text }) => text).join(",")}]`;
  const answers = await callForEach(database, "gather_transfers", { requests });
  if (answers.length !== batch.length) throw new Error("bank.gather_transfers did not answer each request.");
  return answers;
}

async function postOne(database: Database, { text }: TellerRequest): Promise<Answer> {
  // Written by `askTeller`. Its amount is a safe integer, so nothing is rounded here.
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
    if (isRefusal(error)) return no_answer;
    throw error;
  }
}

/** Nothing was done, and whoever asks alone is told so in the ordinary way. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code !== "service_unavailable" && error.code !== "internal_error";
}
