import { call } from "./database/call.ts";
import { parseEnv } from "./env.ts";
import { ApiError } from "./errors.ts";
import { describeError, log } from "./log.ts";
import type { Verification } from "./schemas/ledger.ts";
import { backfillAuditEvents, flushAccessRefusals } from "./services/audit-events.ts";
import { expireHolds } from "./services/holds.ts";
import { checkpointInternalBalances, verifyNewEntries, verifyNextPart } from "./services/ledger.ts";
import { readMissingLimits } from "./services/readiness.ts";
import { openRequestContext, type RequestContext } from "./services/request-context.ts";

type Job = (context: RequestContext) => Promise<void>;

/**
 * The cron jobs, by the cron expressions of wrangler.toml. The jobs of one expression run one after
 * the other.
 */
export const jobs: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  "* * * * *": {
    expire_holds: async (context) => {
      log("holds_expired", { holds: await expireHolds(context) });
    },
    checkpoint_internal_balances: checkpointInternalBalances,
    flush_access_refusals: flushAccessRefusals,
    backfill_audit_events: backfillAuditEvents,
    verify_ledger: async (context) => {
      const part = await verifyNextPart(context);
      if (!part.ok) report(part);
    },
  },
  "17 2 * * *": {
    verify_new_entries: async (context) => {
      report(await verifyNewEntries(context));
    },
    prepare_audit_partitions: async (context) => {
      await call(context.database, "prepare_audit_partitions", {});
    },
    check_limits: async (context) => {
      const missing_limits = await readMissingLimits(context);
      if (missing_limits.length > 0) log("limits_missing", { missing_limits });
    },
  },
};

/** Throws when there is a violation, so that monitoring sees a failed cron run. */
function report({ ok, checked, violations }: Verification): void {
  log(ok ? "ledger_verified" : "ledger_violated", { checked, violations });
  if (!ok) throw new Error("The ledger is violated.");
}

/**
 * Runs the jobs of a cron expression. A failed job is logged, and the next one still runs. The
 * database records when each job last succeeded, so that `checkReadiness` can report a job that no
 * longer runs.
 */
export async function runJobs(
  cron: string,
  bindings: object,
  waitUntil: RequestContext["waitUntil"],
): Promise<void> {
  const due = jobs[cron];
  if (due === undefined) throw new Error(`No job is known for the cron expression ${cron}.`);
  const request_id = crypto.randomUUID();
  const failures: unknown[] = [];
  for (const [job, run] of Object.entries(due)) {
    try {
      // A job lends nothing, because its run would end only after the loan.
      const context = openRequestContext(
        parseEnv(bindings),
        { request_id, ip: null, waitUntil },
        null,
      );
      await run(context);
      await call(context.database, "record_job", { name: job });
    } catch (error) {
      if (error instanceof ApiError && error.code === "read_only") {
        log("job_skipped", { request_id, cron, job, reason: error.code });
        continue;
      }
      log("job_failed", { request_id, cron, job, ...describeError(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "A job failed.");
}
