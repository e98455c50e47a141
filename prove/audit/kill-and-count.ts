import { setTimeout as delay } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { bankConfig } from "../bank/bank-config.ts";
import type { ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type CheckContext } from "../check.ts";
import { randomNumbers, type Random } from "../history/random.ts";
import { askAndAsk, lockAndLock } from "./audited-load.ts";
import { ConsumerUnderTest } from "./consumer-under-test.ts";
import { HeldQueue, queue_binding, type QueueMessage } from "./held-queue.ts";
import type { Payer } from "./payer.ts";

const alive_ms_max = 500;
const pause_ms = 20;
const delivered_within_ms = 60_000;
/** An event that has not come into the queue by then never will. */
const late_ms = 5_000;

/** A bank whose callers leave events in the queue. */
export interface AuditedBank {
  readonly context: CheckContext;
  readonly bank: ProofBank;
  readonly payer: Payer;
  /** The text of the Worker. */
  readonly bundle: string;
}

export interface Counts {
  /** Events that must be there. */
  readonly made: number;
  readonly stored: number;
  readonly doubled: number;
  readonly lost: number;
  /** Messages of calls in whose middle the consumer ended. */
  readonly in_hand: number;
  /** How many of these messages had been stored already. */
  readonly in_hand_stored: number;
}

/** Kills the consumer while it stores and callers are at work. Then it delivers the rest. */
export async function killAndCount(
  { context, bank, payer, bundle }: AuditedBank,
  { kills, is_hasty }: { readonly kills: number; readonly is_hasty: boolean },
): Promise<Counts> {
  const seed = context.nextSeed();
  const random = randomNumbers(seed);
  const queue = new HeldQueue();
  const config = bankConfig(bundle, bank.worker_settings, { AUDIT_QUEUE: queue_binding });
  const producer = new Miniflare({
    workers: [{ config }, { config: queue.worker_config }],
    handleStructuredLogs: () => undefined,
  });
  const { origin } = await producer.ready;
  const consumer = await ConsumerUnderTest.start(bundle, bank.worker_settings, { is_hasty });
  try {
    let is_over = false;
    const isOver = (): boolean => is_over;
    const in_hand: string[] = [];
    const work = Promise.all([
      askAndAsk(origin, payer, { seed, isOver }),
      lockAndLock(bank, { isOver }),
      deliverAndDeliver(queue, { consumer, random, isOver, in_hand }),
    ]);
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(random(alive_ms_max));
      await consumer.killAndStart();
    }
    is_over = true;
    const [request_ids] = await work;
    const in_hand_stored = await countStored(bank, in_hand);
    await deliverTheRest(bank, queue, { consumer, random, request_ids });
    const counts = await countEvents(bank, request_ids);
    return { ...counts, in_hand: in_hand.length, in_hand_stored };
  } finally {
    await consumer.stop();
    await producer.dispose();
  }
}

interface Delivery {
  readonly consumer: ConsumerUnderTest;
  readonly random: Random;
}

/** A call that ends in its middle leaves its messages in the queue. Their event ids are noted. */
async function deliverAndDeliver(
  queue: HeldQueue,
  { consumer, random, isOver, in_hand }: Delivery & { isOver: () => boolean; in_hand: string[] },
): Promise<void> {
  while (!isOver()) {
    let last: readonly QueueMessage[] = [];
    try {
      await queue.deliver(await consumer.worker(), random, (messages) => (last = messages));
    } catch {
      in_hand.push(...new Set(last.map(eventId)));
    }
    await delay(pause_ms);
  }
}

const eventId = ({ body }: QueueMessage): string =>
  (JSON.parse(body) as { id: string }[])[0]?.id ?? "";

/** Until nothing waits, and nothing is lost, or nothing more has come for some seconds. */
async function deliverTheRest(
  bank: ProofBank,
  queue: HeldQueue,
  { consumer, random, request_ids }: Delivery & { request_ids: readonly string[] },
): Promise<void> {
  const began_at = performance.now();
  let last_at = began_at;
  for (;;) {
    if ((await queue.deliver(await consumer.worker(), random)) > 0) last_at = performance.now();
    const is_empty = queue.waiting.length === 0;
    if (is_empty && (await countEvents(bank, request_ids)).lost === 0) return;
    if (is_empty && performance.now() > last_at + late_ms) return;
    if (performance.now() > began_at + delivered_within_ms)
      throw new CheckFailure("The consumer does not take its messages.");
    await delay(pause_ms);
  }
}

async function countStored({ postgres }: ProofBank, ids: readonly string[]): Promise<number> {
  const [row] = await postgres.sql<{ stored: number }>(
    "select count(*)::integer as stored from bank.audit_events where id = any ($1)",
    [ids],
  );
  return row?.stored ?? 0;
}

async function countEvents(
  { postgres }: ProofBank,
  request_ids: readonly string[],
): Promise<Pick<Counts, "made" | "stored" | "doubled" | "lost">> {
  const [row] = await postgres.sql<{ stored: number; distinct: number }>(
    `select count(*)::integer as stored, count(distinct request_id)::integer as distinct
       from bank.audit_events where request_id = any ($1)`,
    [request_ids],
  );
  const { stored, distinct } = row ?? { stored: 0, distinct: 0 };
  const made = request_ids.length;
  return { made, stored, doubled: stored - distinct, lost: made - distinct };
}
