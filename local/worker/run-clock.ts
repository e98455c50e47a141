const minute_ms = 60_000;
const run_limit_ms = 50_000;

/**
 * Runs the Worker's jobs, because Wrangler does not run them by itself: the jobs of each minute every
 * minute, and the nightly jobs once at the start. The Worker's log shows what fails.
 */
export function startClock(worker_url: string): { stop(): Promise<void> } {
  let ran: Promise<unknown> = run(worker_url, "17 2 * * *").then(() => run(worker_url, "* * * * *"));
  const timer = setInterval(() => {
    ran = ran.then(() => run(worker_url, "* * * * *"));
  }, minute_ms);
  return {
    stop: async () => {
      clearInterval(timer);
      await ran;
    },
  };
}

async function run(worker_url: string, cron: string): Promise<void> {
  const url = new URL("/cdn-cgi/local/scheduled", worker_url);
  url.searchParams.set("cron", cron);
  await fetch(url, { signal: AbortSignal.timeout(run_limit_ms) })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}
