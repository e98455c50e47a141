import { parseEnv } from "./env.ts";
import { describeError, log } from "./log.ts";
import { expireHolds } from "./services/holds.ts";
import { verifyNewEntries } from "./services/ledger.ts";
import { openRequestContext, type RequestContext } from "./services/request-context.ts";

/** What the clock starts, by the cron expressions of wrangler.toml. */
const jobs: Readonly<Record<string, (context: RequestContext) => Promise<void>>> = {
  "* * * * *": async (context) => {
    log("holds_expired", { holds: await expireHolds(context) });
  },
  "17 2 * * *": async (context) => {
    const { ok, checked, violations } = await verifyNewEntries(context);
    log(ok ? "ledger_verified" : "ledger_violated", { level: ok ? "info" : "error", checked, violations });
  },
};

export async function runJob(
  cron: string,
  bindings: object,
  waitUntil: RequestContext["waitUntil"],
): Promise<void> {
  const job = jobs[cron];
  if (job === undefined) throw new Error(`No job is known for the cron expression ${cron}.`);
  const request_id = crypto.randomUUID();
  try {
    await job(openRequestContext(parseEnv(bindings), { request_id, ip: null, waitUntil }));
  } catch (error) {
    log("job_failed", { level: "error", request_id, cron, ...describeError(error) });
    throw error;
  }
}
