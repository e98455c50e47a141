import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Miniflare } from "miniflare";
import { buildWorker } from "../../local/worker/build-worker.ts";
import { HeldQueue, queue_binding } from "../../prove/audit/held-queue.ts";
import { bankConfig } from "../../prove/bank/bank-config.ts";
import type { OwnBank } from "./own-bank.ts";

/** The Worker in workerd, with a queue that the test controls. */
export interface AuditBank {
  readonly queue: HeldQueue;
  /** Audit events that neither the queue nor the database took, as the log has them. */
  readonly undelivered: unknown[];
  /** How many messages the consumer refused each time, as the log has them. */
  readonly refused: number[];
  request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<globalThis.Response>;
  /** See `HeldQueue.deliver`. */
  deliver(): Promise<number>;
  runCron(cron: string): Promise<string>;
  /** Kills the Worker, whatever it is doing, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startAuditBank(bank: OwnBank, directory: string): Promise<AuditBank> {
  const bundle = await readFile(path.join(await buildWorker(directory), "worker.js"), "utf8");
  const queue = new HeldQueue();
  const undelivered: unknown[] = [];
  const refused: number[] = [];
  const note = (message: string): void => {
    if (message.startsWith('{"event":"audit_events_undelivered"'))
      undelivered.push(...(JSON.parse(message) as { audit_events: unknown[] }).audit_events);
    if (message.startsWith('{"event":"audit_events_refused"'))
      refused.push((JSON.parse(message) as { messages: number }).messages);
  };
  const start = (): Miniflare =>
    new Miniflare({
      workers: [
        { config: bankConfig(bundle, bank.worker_settings, { AUDIT_QUEUE: queue_binding }) },
        { config: queue.worker_config },
      ],
      handleStructuredLogs: ({ message }) => note(message),
    });
  let miniflare = start();

  return {
    queue,
    undelivered,
    refused,
    request: async (method, target, headers, body) =>
      fetch(new URL(target, await miniflare.ready), {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    deliver: async () => queue.deliver(await miniflare.getWorker("edgebank"), randomInt),
    runCron: async (cron) =>
      (await (await miniflare.getWorker("edgebank")).scheduled({ cron })).outcome,
    crash: async () => {
      await miniflare.dispose();
      miniflare = start();
      await miniflare.ready;
    },
    stop: () => miniflare.dispose(),
  };
}
