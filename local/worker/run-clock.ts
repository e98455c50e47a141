const minute_ms = 60_000;
const run_limit_ms = 50_000;

/**
 * Runs the Worker's jobs, because Wrangler does not run them by itself: the jobs of each minute
 * every minute, and the nightly jobs once at the start. The Worker's log shows what fails. `stop`
 * does not wait for a running job.
 */
export function startClock(worker_url: string): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const run = (cron: string): Promise<void> => runJobs(worker_url, cron, stopped.signal);
  let ran = run("17 2 * * *").then(() => run("* * * * *"));
  const timer = setInterval(() => {
    ran = ran.then(() => run("* * * * *"));
  }, minute_ms);
  return {
    stop: async () => {
      clearInterval(timer);
      stopped.abort();
      await ran;
    },
  };
}

async function runJobs(worker_url: string, cron: string, stopped: AbortSignal): Promise<void> {
  const url = new URL("/cdn-cgi/local/scheduled", worker_url);
  url.searchParams.set("cron", cron);
  await fetch(url, { signal: AbortSignal.any([stopped, AbortSignal.timeout(run_limit_ms)]) })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}
