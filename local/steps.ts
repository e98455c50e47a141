import { describeFailure } from "./explained-error.ts";

/** What has been started, in order. It is stopped in the opposite order. */
export class Running {
  readonly #stops: (() => Promise<unknown>)[] = [];
  #has_ended: Promise<string>[] = [];

  /** Keeps what a step has started, and watches whether it ends by itself. */
  add(name: string, started: { stop(): Promise<unknown>; ended?: Promise<unknown> }): void {
    this.#stops.push(() => started.stop());
    if (started.ended !== undefined) this.#has_ended.push(started.ended.then(() => name));
  }

  /** The name of the first one that ends by itself. */
  firstToEnd(): Promise<string> {
    return Promise.race(this.#has_ended);
  }

  /** Stops all of them, also when stopping one fails. */
  async stopAll(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => process.stderr.write(`${describeFailure(error)}\n`));
    }
  }
}

/** Runs a step of the start and prints its line: what it did, and how long it took. */
export async function step<Result>(
  run: () => Promise<Result>,
  describe: (result: Result) => string,
): Promise<Result> {
  const started_at = performance.now();
  const result = await run();
  const seconds = ((performance.now() - started_at) / 1000).toFixed(1);
  process.stdout.write(`${seconds.padStart(5)} s  ${describe(result)}\n`);
  return result;
}
