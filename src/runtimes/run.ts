import { problemsOf } from "../env.ts";
import { inTime, TimedOut } from "../in-time.ts";
import { describeError, log } from "../log.ts";
import { openBank, type Bank } from "./bank.ts";
import { parseSettings, readVariables, type Settings } from "./settings.ts";

/** The HTTP server of a runtime. */
interface Server {
  readonly url: string;
  /** Takes no more requests, and waits until those under way are answered. */
  close(): Promise<void>;
}

type Listen = (bank: Bank, settings: Settings) => Promise<Server>;

/** Orchestrators kill after 30 s. */
const stop_limit_ms = 25_000;

/**
 * Runs the bank as a process, until SIGTERM or SIGINT. With a cron expression as its argument, it
 * runs the jobs of that expression and ends. Returns the exit code.
 */
export async function run(runtime: string, listen: Listen): Promise<number> {
  const variables = readVariables(process.env);
  const parsed = parseSettings(variables);
  if ("problems" in parsed) {
    log("misconfigured", parsed);
    return 1;
  }
  const { settings } = parsed;
  const bank = openBank(settings, variables);
  // Like the Worker, the server starts all the same: /healthz answers, and everything else is 500.
  const problems = problemsOf(bank.bindings);
  if (problems.length > 0) log("misconfigured", { problems });
  const [cron] = process.argv.slice(2);
  try {
    if (cron !== undefined) return await runJobsOnce(bank, cron);
    return await serve(runtime, listen, { bank, settings });
  } catch (error) {
    log("server_failed", { runtime, ...describeError(error) });
    return 1;
  }
}

async function runJobsOnce(bank: Bank, cron: string): Promise<number> {
  const has_failed = await bank.runJobs(cron).then(
    () => false,
    () => true,
  );
  await endsInTime(bank.finish());
  bank.giveUp();
  return has_failed ? 1 : 0;
}

async function serve(
  runtime: string,
  listen: Listen,
  { bank, settings }: { readonly bank: Bank; readonly settings: Settings },
): Promise<number> {
  const stop_requested = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  const server = await listen(bank, settings);
  log("server_started", { runtime, url: server.url });
  if (settings.JOBS === "on") bank.startClock();
  await stop_requested;
  const is_finished = await endsInTime(server.close().then(() => bank.finish()));
  bank.giveUp();
  log("server_stopped", { runtime, is_finished });
  return is_finished ? 0 : 1;
}

/** Returns whether it has ended in the time that a stop may take. Throws what it rejects with. */
async function endsInTime(ended: Promise<void>): Promise<boolean> {
  try {
    await inTime(ended, stop_limit_ms);
    return true;
  } catch (error) {
    if (error instanceof TimedOut) return false;
    throw error;
  }
}
