/**
 * Runs the checks that show that money is neither lost nor made, in a short form or a long one.
 *
 *   npm run prove -- [--full] [--seed <number>] [--minutes <most for each check>] [--write] \
 *     [name of a check …]
 *   npm run prove -- --history <file>
 *
 * `--write` puts the figures into docs/correctness.md; `--history` judges a history that a failing
 * run has kept.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { CheckContext, CheckFailure, SharedBank, type Check } from "./check.ts";
import { checkHistory } from "./checker/check-history.ts";
import { checks } from "./checks.ts";
import { readHistory } from "./history/history.ts";
import { writeRow } from "./scoreboard.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    seed: { type: "string" },
    minutes: { type: "string" },
    history: { type: "string" },
  },
});

async function runChecks(chosen: readonly Check[], seed: number): Promise<boolean> {
  const bank = new SharedBank();
  let is_whole = true;
  try {
    for (const check of chosen) {
      const context = new CheckContext({
        seed,
        is_full: values.full,
        check: check.name,
        bank,
        limit_ms: Number(values.minutes ?? Infinity) * 60_000,
      });
      process.stdout.write(`\n${check.name}: ${check.shows}\n`);
      const started_at = performance.now();
      try {
        const result = await check.run(context);
        const seconds = Math.round((performance.now() - started_at) / 1_000);
        process.stdout.write(`ok     ${String(seconds)} s  ${JSON.stringify(result)}\n`);
        if (values.write)
          await writeRow(check, result, {
            seed,
            seconds,
            is_full: values.full,
            minutes: values.minutes,
          });
      } catch (error) {
        is_whole = false;
        // The next check gets a new bank, so that it does not fail for the same reason.
        await bank.stop();
        const text = error instanceof CheckFailure ? error.message : String((error as Error).stack);
        process.stdout.write(`FAILED ${check.name}, seed ${String(seed)}: ${text}\n`);
      }
    }
  } finally {
    await bank.stop();
  }
  return is_whole;
}

async function main(): Promise<boolean> {
  if (values.history !== undefined) {
    const verdict = checkHistory(await readHistory(values.history));
    process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
    return verdict.anomalies.length === 0;
  }
  const seed = values.seed === undefined ? randomInt(1_000_000) : Number(values.seed);
  const chosen = checks.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const unknown = positionals.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0 || !Number.isSafeInteger(seed)) {
    process.stderr.write(
      `There is no check ${unknown.join(", ")}; there are ` +
        `${checks.map(({ name }) => name).join(", ")}.\n`,
    );
    return false;
  }
  process.stdout.write(`seed ${String(seed)}\n`);
  return runChecks(chosen, seed);
}

process.exit((await main()) ? 0 : 1);
