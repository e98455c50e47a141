import { Response } from "miniflare";
import type { Random } from "../history/random.ts";

export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  attempts: number;
}

/** A Worker whose handler takes the messages of a queue, as Miniflare hands it out. */
export interface QueueConsumer {
  queue(
    name: string,
    messages: { id: string; body: string; attempts: number; timestamp: Date }[],
  ): Promise<{ readonly explicitAcks: readonly string[] }>;
}

const queue_name = "edgebank-audit";
const delivery_messages = 7;

/** A queue as the Worker sees it. Whether it takes a message is decided outside. */
const queue_worker = `
import { WorkerEntrypoint } from "cloudflare:workers";
export class HeldQueue extends WorkerEntrypoint {
  async send(body) {
    const { ok } = await this.env.OUTSIDE.fetch("http://outside/", { method: "POST", body });
    if (!ok) throw new Error("The queue takes nothing.");
  }
}
export default {};
`;

/** The binding of a Worker that sends to the queue. */
export const queue_binding = {
  type: "worker",
  worker: "queue",
  exportName: "HeldQueue",
} as const;

/** The audit queue in this process: it delivers when it is told to, also twice and out of order. */
export class HeldQueue {
  /** What the queue has taken and nobody has acknowledged. */
  readonly waiting: QueueMessage[] = [];
  /** Whether the queue takes no messages. */
  is_refusing = false;
  refused = 0;
  #sent = 0;

  /** The Worker that stands for the queue beside a Worker that sends to it. */
  get worker_config() {
    return {
      name: "queue",
      compatibilityDate: "2026-10-23",
      manifest: {
        mainModule: "queue.js",
        modules: { "queue.js": { type: "esm", contents: queue_worker } },
      },
      env: {
        OUTSIDE: {
          type: "fetcher",
          handler: (request: { text(): Promise<string> }) => this.#take(request),
        },
      },
    } as const;
  }

  /**
   * Gives all waiting messages to the consumer in a random order, some of them twice, in batches.
   * What is not acknowledged waits on. Returns how many were.
   *
   * @param before is told the messages of each batch.
   * @throws what the call throws, for example because the consumer has ended in the middle of it.
   */
  async deliver(
    consumer: QueueConsumer,
    random: Random,
    before: (messages: readonly QueueMessage[]) => void = () => undefined,
  ): Promise<number> {
    const deliveries = [...this.waiting, ...this.waiting.filter((_, index) => index % 3 === 0)]
      .map((message) => ({ message, place: random(2 ** 32) }))
      .sort((a, b) => a.place - b.place)
      .map(({ message }) => message);
    const acknowledged = new Set<string>();
    try {
      for (let first = 0; first < deliveries.length; first += delivery_messages) {
        const messages = deliveries.slice(first, first + delivery_messages);
        for (const message of messages) message.attempts += 1;
        before(messages);
        const { explicitAcks } = await consumer.queue(
          queue_name,
          messages.map((message) => ({ ...message, timestamp: new Date() })),
        );
        for (const id of explicitAcks) acknowledged.add(id);
      }
    } finally {
      const kept = this.waiting.filter(({ id }) => !acknowledged.has(id));
      this.waiting.splice(0, this.waiting.length, ...kept);
    }
    return acknowledged.size;
  }

  async #take(request: { text(): Promise<string> }): Promise<Response> {
    const body = await request.text();
    if (this.is_refusing) {
      this.refused += 1;
      return new Response(null, { status: 503 });
    }
    this.#sent += 1;
    this.waiting.push({ id: String(this.#sent), body, attempts: 0 });
    return new Response(null);
  }
}
