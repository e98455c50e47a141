import { inject } from "vitest";
import { startServerProcess } from "./run-server.ts";
import { settingsOfRun } from "./own-worker.ts";

/**
 * Runs the jobs of a cron expression, as the runtime of this run does. Returns whether all went
 * well.
 */
export async function runJobs(cron: string): Promise<boolean> {
  const runtime = inject("runtime");
  if (runtime === "node" || runtime === "deno") {
    const { ended, child } = await startServerProcess(runtime, settingsOfRun(), [cron]);
    child.stdout?.resume();
    child.stderr?.resume();
    return (await ended).code === 0;
  }
  const url = new URL("/cdn-cgi/local/scheduled", inject("worker_url"));
  url.searchParams.set("cron", cron);
  return (await (await fetch(url)).text()).includes("ok");
}
