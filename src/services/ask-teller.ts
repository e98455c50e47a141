import type { Answer } from "../database/statement.ts";
import type { WriteFunctions } from "../database/functions.ts";
import type { Env } from "../env.ts";
import { ApiError, type Code } from "../errors.ts";
import { inTime } from "../in-time.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

/** One transfer, as it is sent to a teller. */
export interface TellerRequest {
  /** The scope of the key, and the key. They are unique within a batch. */
  readonly scope_and_key: string;
  /**
   * One request of `bank.gather_transfers` as JSON text. The teller does not parse it, so it rounds
   * no amount.
   */
  readonly text: string;
}

export type TellerReply =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Nothing was done. The transfer must be sent alone. */
  | { readonly kind: "alone" }
  /** Nothing was done. The caller should come back later. */
  | { readonly kind: "too_busy" }
  /**
   * Unless the bank is read-only, it is unknown whether the batch was done. The caller finds out
   * with the same key.
   */
  | { readonly kind: "failed"; readonly code: BatchFailure };

/** The errors that are about a batch as a whole, whichever transfers are in it. */
const batch_failures = [
  "service_unavailable",
  "internal_error",
  "read_only",
] as const satisfies readonly Code[];
export type BatchFailure = (typeof batch_failures)[number];

export function isBatchFailure(code: Code): code is BatchFailure {
  return (batch_failures as readonly Code[]).includes(code);
}

/** The methods of the class `Teller` that the Worker calls. */
export interface TellerMethods {
  createTransfer(request: TellerRequest): Promise<TellerReply>;
}

/** Longer than a transfer may wait in a teller's queue, plus its batch in Postgres. */
const reply_timeout_ms = 15_000;

/**
 * Makes a transfer through the teller of its credited account if there are tellers, else with its
 * own call. A teller leaves some transfers to the caller: a key that is known or in use, an unknown
 * actor, or an account of somebody else. Such a transfer is then sent alone, so that it gets the
 * ordinary answer.
 *
 * Throws `service_unavailable`, `read_only` or `internal_error`, and the errors of `callAlone`.
 */
export async function askTeller(
  context: RequestContext,
  transfer: WriteFunctions["create_transfer"],
  callAlone: () => Promise<Answer>,
): Promise<Answer> {
  const teller = tellerOf(context.env, transfer.credit_account_id);
  if (teller === null) return callAlone();
  const started_at = performance.now();
  const reply = await waitFor(teller.createTransfer(describeTransfer(context, transfer))).finally(
    () => {
      context.database.elapsed_ms += performance.now() - started_at;
    },
  );
  switch (reply.kind) {
    case "answered":
      return reply.answer;
    case "alone":
      return callAlone();
    case "too_busy":
      throw new ApiError("service_unavailable", {
        detail: "Too many transfers were waiting, so nothing was done for this one.",
      });
    case "failed":
      throw new ApiError(reply.code, { cause: new Error("The teller's batch failed.") });
  }
}

/**
 * Chooses the teller by the credited account, because the accounts that get hot are those that many
 * people pay into, such as a shop's or a fund's. All transfers to one account meet in one teller,
 * and so in one batch.
 *
 * A fixed number of tellers shares all accounts. So a busy teller is already awake and connected,
 * and the number of connections does not grow with the number of accounts.
 */
function tellerOf(
  { TELLERS, TELLER_COUNT, TELLER_LOCATION }: Env,
  credit_account_id: string,
): TellerMethods | null {
  if (TELLERS === undefined) return null;
  // The end of a UUIDv7 is random.
  const index = Number.parseInt(credit_account_id.slice(-8), 16) % TELLER_COUNT;
  const id = TELLERS.idFromName(`teller-${String(index)}`);
  const stub = TELLERS.get(
    id,
    TELLER_LOCATION === undefined ? {} : { locationHint: TELLER_LOCATION },
  );
  // The class that wrangler.toml binds to TELLERS implements this interface.
  return stub as unknown as TellerMethods;
}

function describeTransfer(
  context: RequestContext,
  transfer: WriteFunctions["create_transfer"],
): TellerRequest {
  const actor = actorOf(context);
  const scope = actor.customer_id ?? actor.user_id;
  return {
    scope_and_key: `${scope} ${transfer.idempotency_key}`,
    text: JSON.stringify({ ...actor, ...transfer }),
  };
}

/**
 * Waits for the reply. If the connection or the teller itself fails, the outcome is unknown. The
 * caller finds out with the same key.
 */
async function waitFor(reply: Promise<TellerReply>): Promise<TellerReply> {
  try {
    return await inTime(reply, reply_timeout_ms);
  } catch (error) {
    throw new ApiError("service_unavailable", { cause: error });
  }
}
