import { sendSignal } from "../../local/child-process.ts";
import { buildWorker } from "../../local/worker/build-worker.ts";
import {
  runWorker,
  type RunningWorker,
  type WorkerOptions,
} from "../../local/worker/run-worker.ts";
import { ownProcesses } from "./processes.ts";

/** The Worker as it is deployed, in workerd, which can be killed and started again. */
export class WorkerUnderTest {
  readonly #options: WorkerOptions;
  #worker: RunningWorker;

  private constructor(options: WorkerOptions, worker: RunningWorker) {
    this.#options = options;
    this.#worker = worker;
  }

  static async start(options: WorkerOptions): Promise<WorkerUnderTest> {
    process.env["WRANGLER_LOG"] = "error";
    const built = { ...options, bundle: await buildWorker(options.directory) };
    return new WorkerUnderTest(built, await runWorker(built));
  }

  get url(): string {
    return this.#worker.url;
  }

  /** SIGKILL to every workerd of this process, and a new one at a new address. */
  async killAndStart(): Promise<void> {
    for (const pid of await ownProcesses("workerd")) sendSignal(pid, "SIGKILL");
    await this.#worker.stop().catch(() => undefined);
    this.#worker = await runWorker(this.#options);
  }

  async stop(): Promise<void> {
    await this.#worker.stop();
  }
}
