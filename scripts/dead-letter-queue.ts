import { z } from "zod";
import { ExplainedError } from "../local/explained-error.ts";

const batch_messages = 100;
/**
 * Nobody else gets a pulled message for this long. It is longer than a hundred messages take to
 * store.
 */
const visibility_timeout_ms = 120_000;
const request_timeout_ms = 30_000;

export interface DeadLetter {
  /** The id of the message, or the name of its file. */
  readonly name: string;
  readonly body: string;
  readonly lease_id: string;
}

interface QueueAddress {
  readonly base_url: string;
  readonly account_id: string;
  readonly queue_id: string;
  readonly token: string;
}

const Pulled = z.object({
  result: z.object({
    messages: z.array(z.object({ id: z.string(), body: z.string(), lease_id: z.string() })),
  }),
});

/**
 * A queue whose messages are pulled over Cloudflare's API. It must have an HTTP consumer.
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/
 */
export class DeadLetterQueue {
  readonly #address: QueueAddress;

  constructor(address: QueueAddress) {
    this.#address = address;
  }

  /**
   * The next messages; an empty list when the queue is empty. Messages that are not acknowledged
   * come again.
   */
  async pull(): Promise<readonly DeadLetter[]> {
    const answer = await this.#post("pull", { batch_size: batch_messages, visibility_timeout_ms });
    const { success, data } = Pulled.safeParse(answer);
    if (!success)
      throw new ExplainedError("Cloudflare's answer to a pull is not what its documentation says.");
    return data.result.messages.map(({ id, ...message }) => ({ name: id, ...message }));
  }

  /** Removes messages from the queue for good. */
  async acknowledge(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#post("ack", { acks: letters.map(({ lease_id }) => ({ lease_id })), retries: [] });
  }

  async #post(what: "pull" | "ack", body: object): Promise<unknown> {
    const { base_url, account_id, queue_id, token } = this.#address;
    const response = await fetch(
      `${base_url}/accounts/${account_id}/queues/${queue_id}/messages/${what}`,
      {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(request_timeout_ms),
      },
    ).catch((error: unknown) => {
      throw new ExplainedError("Cloudflare's API does not answer.", { cause: error });
    });
    if (!response.ok) {
      throw new ExplainedError(
        `Cloudflare's API refused to ${what}: status ${String(response.status)}.`,
      );
    }
    return response.json();
  }
}
