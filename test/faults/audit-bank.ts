import { readFile } from "node:fs/promises";
import path from "node:path";
import { Miniflare, Response } from "miniflare";
import { buildWorker } from "../../local/worker/build-worker.ts";
import { bankConfig } from "./bank-config.ts";
import type { OwnBank } from "./own-bank.ts";

const queue_name = "edgebank-audit";
const delivery_messages = 7;

type QueueConsumer = Pick<Awaited<ReturnType<Miniflare["getWorker"]>>, "queue">;

interface Message {
  readonly id: string;
  readonly body: string;
  attempts: number;
}

/** The Worker in workerd, with a queue that a test holds in its hand. */
export interface AuditBank {
  /** What the queue has taken and nobody has acknowledged. */
  readonly waiting: Message[];
  /** Whether the queue takes messages. */
  is_refusing: boolean;
  /** Audit events that neither the queue nor the database took, as the log has them. */
  readonly undelivered: unknown[];
  readonly refused_by_queue: () => number;
  request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<globalThis.Response>;
  /**
   * Gives all waiting messages to the consumer in a random order, some of them twice, in batches.
   * What is not acknowledged waits on. Says how many were.
   */
  deliver(): Promise<number>;
  runCron(cron: string): Promise<string>;
  /** Ends the Worker whatever it is doing, and starts it anew. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

const queue = { type: "worker", worker: "queue", exportName: "TestQueue" } as const;

/** A queue as the Worker sees it; whether it takes a message is decided outside. */
const queue_worker = `
import { WorkerEntrypoint } from "cloudflare:workers";
export class TestQueue extends WorkerEntrypoint {
  async send(body) {
    const { ok } = await this.env.OUTSIDE.fetch("http://outside/", { method: "POST", body });
    if (!ok) throw new Error("The queue takes nothing.");
  }
}
export default {};
`;

export async function startAuditBank(bank: OwnBank, directory: string): Promise<AuditBank> {
  const bundle = await readFile(path.join(await buildWorker(directory), "worker.js"), "utf8");
  const waiting: Message[] = [];
  const undelivered: unknown[] = [];
  let sent = 0;
  let refused = 0;
  const take = async (request: { text(): Promise<string> }): Promise<Response> => {
    const body = await request.text();
    if (audit_bank.is_refusing) {
      refused += 1;
      return new Response(null, { status: 503 });
    }
    sent += 1;
    waiting.push({ id: String(sent), body, attempts: 0 });
    return new Response(null);
  };
  const note = (message: string): void => {
    if (!message.startsWith('{"event":"audit_events_undelivered"')) return;
    undelivered.push(...(JSON.parse(message) as { audit_events: unknown[] }).audit_events);
  };
  const start = (): Miniflare =>
    new Miniflare({
      workers: [
        { config: bankConfig(bundle, bank.worker_settings, { AUDIT_QUEUE: queue }) },
        { config: queueConfig(take) },
      ],
      handleStructuredLogs: ({ message }) => note(message),
    });
  let miniflare = start();

  const audit_bank: AuditBank = {
    waiting,
    is_refusing: false,
    undelivered,
    refused_by_queue: () => refused,
    request: async (method, target, headers, body) =>
      fetch(new URL(target, await miniflare.ready), {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    deliver: async () => deliver(await miniflare.getWorker("edgebank"), waiting),
    runCron: async (cron) =>
      (await (await miniflare.getWorker("edgebank")).scheduled({ cron })).outcome,
    crash: async () => {
      await miniflare.dispose();
      miniflare = start();
      await miniflare.ready;
    },
    stop: () => miniflare.dispose(),
  };
  return audit_bank;
}

async function deliver(worker: QueueConsumer, waiting: Message[]): Promise<number> {
  const acknowledged = new Set<string>();
  const deliveries = shuffle([...waiting, ...waiting.filter((_, index) => index % 3 === 0)]);
  for (let first = 0; first < deliveries.length; first += delivery_messages) {
    const messages = deliveries.slice(first, first + delivery_messages);
    for (const message of messages) message.attempts += 1;
    const result = await worker.queue(
      queue_name,
      messages.map(({ id, body, attempts }) => ({ id, body, attempts, timestamp: new Date() })),
    );
    for (const id of result.explicitAcks) acknowledged.add(id);
  }
  waiting.splice(0, waiting.length, ...waiting.filter(({ id }) => !acknowledged.has(id)));
  return acknowledged.size;
}

function queueConfig(take: (request: { text(): Promise<string> }) => Promise<Response>) {
  return {
    name: "queue",
    compatibilityDate: "2026-10-23",
    manifest: {
      mainModule: "queue.js",
      modules: { "queue.js": { type: "esm", contents: queue_worker } },
    },
    env: { OUTSIDE: { type: "fetcher", handler: take } },
  } as const;
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
