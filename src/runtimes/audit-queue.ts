import { inParts } from "../in-parts.ts";
import { log } from "../log.ts";
import { readEvents } from "../services/audit-messages.ts";

/** Like the queue of wrangler.toml. */
const batch_messages_max = 100;
const batch_wait_ms = 1_000;
const retries_max = 60;
/** What waits is in the memory of this process. */
const waiting_characters_max = 32 * 1_024 * 1_024;

interface Waiting {
  readonly body: string;
  due_at: number;
  retries: number;
}

type Consume = (batch: MessageBatch<string>) => Promise<void>;

/**
 * Cloudflare's queue in the memory of this process: it gathers messages for a second, gives them to
 * the consumer in batches, and again later what the consumer did not acknowledge. A crash loses
 * what waits. What cannot be stored for half an hour, or until the server stops, is kept by the
 * log.
 */
export class AuditQueue {
  readonly #consume: Consume;
  #waiting: Waiting[] = [];
  #characters = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delivering: Promise<void> = Promise.resolve();

  constructor(consume: Consume) {
    this.#consume = consume;
  }

  /** Throws when too much waits already. The caller then stores the events itself. */
  async send(body: string): Promise<void> {
    if (this.#characters + body.length > waiting_characters_max)
      throw new Error("The queue is full.");
    this.#characters += body.length;
    this.#waiting.push({ body, due_at: Date.now(), retries: 0 });
    this.#deliverSoon();
  }

  /** Delivers everything that waits once more, also what is not due. */
  async drain(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#delivering;
    await this.#deliver(Infinity);
  }

  /** Writes into the log what still waits. Nothing is delivered after this. */
  giveUp(): void {
    clearTimeout(this.#timer);
    for (const message of this.#waiting.splice(0)) this.#keepInLog(message);
  }

  #deliverSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#delivering = this.#delivering.then(async () => {
        await this.#deliver(Date.now());
        if (this.#waiting.length > 0) this.#deliverSoon();
      });
    }, batch_wait_ms);
  }

  async #deliver(until: number): Promise<void> {
    const due = this.#waiting.filter(({ due_at }) => due_at <= until);
    for (const batch of inParts(due, batch_messages_max)) await this.#deliverBatch(batch);
  }

  async #deliverBatch(batch: readonly Waiting[]): Promise<void> {
    const done = new Set<Waiting>();
    const messages = batch.map((waiting) => ({
      body: waiting.body,
      ack: () => done.add(waiting),
      retry: ({ delaySeconds = 0 } = {}) => {
        waiting.retries += 1;
        waiting.due_at = Date.now() + delaySeconds * 1_000;
      },
    }));
    // The consumer reads the messages and calls their two methods, and nothing else.
    await this.#consume({ messages } as unknown as MessageBatch<string>);
    for (const waiting of batch.filter(({ retries }) => retries > retries_max)) {
      this.#keepInLog(waiting);
      done.add(waiting);
    }
    this.#waiting = this.#waiting.filter((waiting) => !done.has(waiting));
    for (const { body } of done) this.#characters -= body.length;
  }

  #keepInLog({ body }: Waiting): void {
    log("audit_events_undelivered", { request_id: null, audit_events: readEvents(body) ?? body });
  }
}
