import { Cron } from "croner";
import { jobs, runJobs } from "../scheduled.ts";
import type { RequestContext } from "../services/request-context.ts";

/**
 * Runs the jobs at their times, and all of them once at the start, because a server that was away
 * may have missed one. Two servers that run a job at the same time do no harm, only the same work.
 */
export function startClock(
  bindings: object,
  waitUntil: RequestContext["waitUntil"],
): { stop(): Promise<void> } {
  // A failed job is in the log, and in the database as one that has not run.
  const run = (cron: string): Promise<void> =>
    runJobs(cron, bindings, waitUntil).catch(() => undefined);
  let running = Promise.resolve();
  const runNext = (cron: string): Promise<void> => (running = running.then(() => run(cron)));
  for (const cron of Object.keys(jobs)) void runNext(cron);
  const timers = Object.keys(jobs).map(
    (cron) => new Cron(cron, { timezone: "UTC", protect: true }, () => runNext(cron)),
  );
  return {
    stop: async () => {
      for (const timer of timers) timer.stop();
      await running;
    },
  };
}
