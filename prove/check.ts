import { mkdir } from "node:fs/promises";
import path from "node:path";
import { startProofBank, type ProofBank } from "./bank/proof-bank.ts";
import type { Anomaly } from "./checker/anomaly.ts";
import { checkHistory, type CheckOptions, type Verdict } from "./checker/check-history.ts";
import { writeHistory } from "./history/history.ts";
import { runRound, type Round, type RoundOptions } from "./workload/run-round.ts";

/** One row of the scoreboard. */
export interface Check {
  /** What `npm run prove -- <name>` runs alone. */
  readonly name: string;
  /** What the row says is shown. */
  readonly shows: string;
  run(context: CheckContext): Promise<CheckResult>;
}

export interface CheckResult {
  /** The figures by name, in the order in which they are printed. */
  readonly figures: Readonly<Record<string, number | string>>;
  /**
   * The number of chances to fail, N. If none failed, the true rate is below 3/N with 95 %
   * certainty.
   */
  readonly trials: number;
  /** The seeded faults that this check turned red in the same run. */
  readonly caught?: readonly string[];
  /** Why something was left out on this machine. */
  readonly left_out?: string;
}

export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

const anomalies_shown = 10;

/**
 * What a check is given: how much to do, random numbers, and the bank that it shares with other
 * checks.
 */
export class CheckContext {
  readonly seed: number;
  readonly is_full: boolean;
  readonly #check: string;
  readonly #bank: SharedBank;
  readonly #over_at: number;
  #rounds = 0;

  constructor(options: {
    readonly seed: number;
    readonly is_full: boolean;
    readonly check: string;
    readonly bank: SharedBank;
    readonly limit_ms: number;
  }) {
    this.seed = options.seed;
    this.#over_at = performance.now() + options.limit_ms;
    this.is_full = options.is_full;
    this.#check = options.check;
    this.#bank = options.bank;
  }

  size(short: number, full: number): number {
    return this.is_full ? full : short;
  }

  get left_ms(): number {
    return this.#over_at - performance.now();
  }

  /** Whether there is time for one more round. */
  get has_time(): boolean {
    return this.left_ms > 0;
  }

  bank(): Promise<ProofBank> {
    return this.#bank.open(this.seed);
  }

  say(text: string): void {
    process.stdout.write(`  ${text}\n`);
  }

  /** Each round of a run has a seed of its own, which follows from the run's seed. */
  nextSeed(): number {
    this.#rounds += 1;
    return this.seed * 1_000 + this.#rounds;
  }

  /** Runs a round and judges it. A history with an anomaly is kept, and the check fails. */
  async round(
    bank: ProofBank,
    options: Omit<RoundOptions, "seed"> & CheckOptions,
  ): Promise<Round & { verdict: Verdict }> {
    const round = await runRound(bank, { seed: this.nextSeed(), ...options });
    const verdict = checkHistory(round.events, options);
    if (verdict.anomalies.length > 0) await this.fail(round, verdict.anomalies);
    this.say(
      `${String(verdict.operations)} operations in ${String(verdict.requests)} requests, ` +
        `${String(verdict.posted)} transfers posted, ${String(round.ambiguous)} ambiguous`,
    );
    return { ...round, verdict };
  }

  async fail(round: Round, anomalies: readonly Anomaly[]): Promise<never> {
    const directory = path.join(import.meta.dirname, "../dist/prove");
    await mkdir(directory, { recursive: true });
    const file = path.join(
      directory,
      `${this.#check}-${String(this.seed)}-${String(this.#rounds)}.jsonl`,
    );
    await writeHistory(file, round.events);
    const lines = anomalies
      .slice(0, anomalies_shown)
      .map(({ name, detail }) => `  ${name}: ${detail}`);
    throw new CheckFailure(
      `${String(anomalies.length)} anomalies, the history is ` +
        `${path.relative(process.cwd(), file)}\n${lines.join("\n")}`,
    );
  }
}

/** One bank for the checks that do not break it. The first check that needs it starts it. */
export class SharedBank {
  #bank: Promise<ProofBank> | undefined;

  open(seed: number): Promise<ProofBank> {
    this.#bank ??= startProofBank({ seed });
    return this.#bank;
  }

  /** The next check gets a new bank. */
  async stop(): Promise<void> {
    const bank = await this.#bank?.catch(() => undefined);
    this.#bank = undefined;
    await bank?.stop();
  }
}

/** Adds up what rounds have done. */
export class Sum {
  operations = 0;
  requests = 0;
  posted = 0;
  reads = 0;
  ambiguous = 0;
  ambiguous_outcomes = 0;
  had_happened = 0;

  add({
    verdict,
    ambiguous,
    ambiguous_outcomes,
    had_happened,
  }: Round & { verdict: Verdict }): void {
    this.operations += verdict.operations;
    this.requests += verdict.requests;
    this.posted += verdict.posted;
    this.reads += verdict.reads;
    this.ambiguous += ambiguous;
    this.ambiguous_outcomes += ambiguous_outcomes;
    this.had_happened += had_happened;
  }

  get figures(): Record<string, number> {
    return {
      operations: this.operations,
      requests: this.requests,
      ambiguous: this.ambiguous,
      "of them done before they were asked again": this.had_happened,
    };
  }
}
