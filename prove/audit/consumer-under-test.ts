import { Miniflare } from "miniflare";
import { sendSignal } from "../../local/child-process.ts";
import { bankConfig, type WorkerSettings } from "../bank/bank-config.ts";
import { ownProcesses } from "../bank/processes.ts";
import type { QueueConsumer } from "./held-queue.ts";

/** A mistake: it acknowledges its messages at once, and stores them after that. */
const hasty_consumer = `
import bank, { Teller } from "./worker.js";
export { Teller };
export default {
  queue(batch, env, ctx) {
    const messages = batch.messages.map(({ id, body, attempts, timestamp }) =>
      ({ id, body, attempts, timestamp, ack() {}, retry() {} }));
    ctx.waitUntil(bank.queue({ queue: batch.queue, messages }, env, ctx));
    for (const message of batch.messages) message.ack();
  },
};
`;

/** The Worker as the consumer of the audit queue, in a workerd of its own that can be killed. */
export class ConsumerUnderTest {
  readonly #open: () => Miniflare;
  #miniflare: Miniflare;
  #pids: readonly number[] = [];

  private constructor(open: () => Miniflare) {
    this.#open = open;
    this.#miniflare = open();
  }

  static async start(
    bundle: string,
    settings: WorkerSettings,
    { is_hasty = false }: { readonly is_hasty?: boolean } = {},
  ): Promise<ConsumerUnderTest> {
    const config = bankConfig(bundle, settings, {});
    const hasty = { type: "esm", contents: hasty_consumer } as const;
    const hasty_config = {
      ...config,
      compatibilityFlags: ["queue_consumer_no_wait_for_wait_until"],
      manifest: {
        mainModule: "hasty.js",
        modules: { ...config.manifest.modules, "hasty.js": hasty },
      },
    };
    const open = (): Miniflare =>
      new Miniflare({
        workers: [{ config: is_hasty ? hasty_config : config }],
        handleStructuredLogs: () => undefined,
      });
    const running_before = await ownProcesses("workerd");
    const consumer = new ConsumerUnderTest(open);
    await consumer.#untilReady(running_before);
    return consumer;
  }

  async worker(): Promise<QueueConsumer> {
    return this.#miniflare.getWorker("edgebank");
  }

  /** SIGKILL to its workerd, and a new one in its place. */
  async killAndStart(): Promise<void> {
    for (const pid of this.#pids) sendSignal(pid, "SIGKILL");
    await this.#miniflare.dispose().catch(() => undefined);
    const running_before = await ownProcesses("workerd");
    this.#miniflare = this.#open();
    await this.#untilReady(running_before);
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }

  async #untilReady(running_before: readonly number[]): Promise<void> {
    await this.#miniflare.ready;
    const running = await ownProcesses("workerd");
    this.#pids = running.filter((pid) => !running_before.includes(pid));
  }
}
