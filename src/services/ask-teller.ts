import type { Answer } from "../database/call.ts";
import type { WriteFunctions } from "../database/functions.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { actorOf, type RequestContext } from "./request-context.ts";

/** One transfer as a teller is told of it. */
export interface TellerRequest {
  /** Whose key it is, and the key: no two of one batch are the same. */
  readonly scope_and_key: string;
  /** A request of `bank.gather_transfers` as JSON text. The teller never parses it, so it rounds no amount. */
  readonly text: string;
}

export type TellerReply =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Nothing was done: the transfer must be asked for alone. */
  | { readonly kind: "alone" }
  /** Nothing was done, and the caller should come again later. */
  | { readonly kind: "too_busy" }
  /** Unless the bank is read-only, it is not known whether the batch was done; the key finds it out. */
  | { readonly kind: "failed"; readonly code: BatchFailure };

/** What can be said of a batch as a whole. */
export type BatchFailure = "service_unavailable" | "internal_error" | "read_only";

/** What the class `Teller` offers to the Worker. */
export interface TellerMethods {
  createTransfer(request: TellerRequest): Promise<TellerReply>;
}

/** More than a transfer may wait in a teller's queue, and its batch for Postgres. */
const reply_timeout_ms = 15_000;

/**
 * Makes a transfer through the teller of its credited account where there are tellers, else by a call of its own.
 * Whatever a teller leaves to its caller (a key that is known or in use, an actor that is unknown, an account that is
 * not the caller's) is asked for alone, so its answer is the ordinary one.
 *
 * Throws `service_unavailable`, `read_only` or `internal_error`, and what `callAlone` throws.
 */
export async function askTeller(
  context: RequestContext,
  transfer: WriteFunctions["create_transfer"],
  callAlone: () => Promise<Answer>,
): Promise<Answer> {
  const teller = tellerOf(context.env, transfer.credit_account_id);
  if (teller === null) return callAlone();
  const started_at = performance.now();
  const reply = await inTime(teller.createTransfer(describeTransfer(context, transfer))).finally(() => {
    context.database.elapsed_ms += performance.now() - started_at;
  });
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
 * The credited account chooses the teller, because accounts that many pay into at once are the ones that get hot: a
 * shop's, a fund's. All transfers to one account meet in one teller, and so in one batch.
 *
 * A number of tellers shares all accounts, rather than each account having its own: a teller that is asked all the
 * time is awake and connected already, and the connections are as many as the tellers, however many accounts there are.
 */
function tellerOf(
  { TELLERS, TELLER_COUNT, TELLER_LOCATION }: Env,
  credit_account_id: string,
): TellerMethods | null {
  if (TELLERS === undefined) return null;
  // The end of a UUIDv7 is random.
  const index = Number.parseInt(credit_account_id.slice(-8), 16) % TELLER_COUNT;
  const id = TELLERS.idFromName(`teller-${String(index)}`);
  const stub = TELLERS.get(id, TELLER_LOCATION === undefined ? {} : { locationHint: TELLER_LOCATION });
  // The class that wrangler.toml binds to TELLERS implements the interface.
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

/** Whatever breaks on the way to a teller, and the end of the teller itself, is no answer: the key finds it out. */
async function inTime(replied: Promise<TellerReply>): Promise<TellerReply> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error("The teller did not reply in time."));
    }, reply_timeout_ms);
  });
  try {
    return await Promise.race([replied, expired]);
  } catch (error) {
    throw new ApiError("service_unavailable", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
