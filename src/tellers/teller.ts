import { DurableObject } from "cloudflare:workers";
import type { Answer } from "../database/statement.ts";
import { parseEnv, type Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import {
  isBatchFailure,
  type BatchFailure,
  type TellerMethods,
  type TellerReply,
  type TellerRequest,
} from "../services/ask-teller.ts";
import { keepUnstoredAuditEvents } from "../services/unstored-audit-events.ts";
import { KeptConnection } from "./kept-connection.ts";
import { postBatch } from "./post-batch.ts";
import { WaitingTransfers, type WaitingTransfer } from "./waiting-transfers.ts";

/**
 * A teller gathers the transfers that arrive while its last batch is running, and posts them in one
 * call, which is one transaction and one flush of Postgres' log. A transfer that arrives while
 * nothing is running is posted at once, so gathering delays nobody. The more transfers arrive, the
 * larger the batches.
 *
 * A teller stores nothing. If it ends in the middle of a batch, its callers are told that the
 * outcome is unknown, and try again with their keys.
 */
export class Teller extends DurableObject<object> implements TellerMethods {
  readonly #waiting = new WaitingTransfers();
  readonly #checked_env: Env = parseEnv(this.env);
  readonly #connection = new KeptConnection(this.#checked_env);
  #is_posting = false;

  async createTransfer(request: TellerRequest): Promise<TellerReply> {
    return new Promise((reply) => {
      if (!this.#waiting.add({ ...request, reply, arrived_at: Date.now() }))
        reply({ kind: "too_busy" });
      if (!this.#is_posting) this.ctx.waitUntil(this.#postBatches());
    });
  }

  /** Posts one batch after the other, until nothing waits. */
  async #postBatches(): Promise<void> {
    this.#is_posting = true;
    while (this.#waiting.count > 0) {
      const { batch, overdue } = this.#waiting.take(Date.now());
      for (const { reply } of overdue) reply({ kind: "too_busy" });
      if (batch.length > 0) await this.#post(batch);
    }
    this.#is_posting = false;
  }

  /**
   * Never throws. A failed batch is not sent again, because it may have been done. Each caller
   * finds out when it tries again with its key.
   */
  async #post(batch: readonly WaitingTransfer[]): Promise<void> {
    try {
      const answers = await postBatch(this.#connection, batch);
      this.#keepAuditEvents(answers);
      for (const [index, { reply }] of batch.entries()) reply(replyOf(answers[index]));
    } catch (error) {
      const code = codeOf(error);
      if (code !== "read_only")
        log("teller_batch_failed", { transfers: batch.length, ...describeError(error) });
      for (const { reply } of batch) reply({ kind: "failed", code });
    }
  }

  /**
   * Keeps the unstored audit events of a batch, which are all in one of its answers. This does not
   * depend on that answer's caller.
   */
  #keepAuditEvents(answers: readonly Answer[]): void {
    const waitUntil = (promise: Promise<unknown>): void => this.ctx.waitUntil(promise);
    const context = { env: this.#checked_env, request_id: null, waitUntil };
    for (const answer of answers) keepUnstoredAuditEvents(context, answer);
  }
}

/** An answer without a body means that the transfer must be sent alone. */
function replyOf(answer: Answer | undefined): TellerReply {
  if (answer?.body == null) return { kind: "alone" };
  return { kind: "answered", answer: { ...answer, unstored_audit_events: null } };
}

/** The error code for the whole batch, without details of any one transfer. */
function codeOf(error: unknown): BatchFailure {
  return error instanceof ApiError && isBatchFailure(error.code) ? error.code : "internal_error";
}
