import { attempt, openRedis } from "../cache/redis.ts";
import { call } from "../database/call.ts";
import { describeError, log } from "../log.ts";
import { bodyOf } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

/** The state of what the Worker depends on. */
export interface Readiness {
  readonly status: "ok" | "degraded" | "unavailable";
  readonly dependencies: {
    readonly postgres: "ok" | "unavailable";
    readonly redis: "ok" | "unavailable";
  };
  /**
   * Limits that the Worker's database role lacks. It works without them, but a lock may stall it.
   */
  readonly missing_limits: readonly string[];
  /** Cron jobs whose last run is too long ago. */
  readonly late_jobs: readonly string[];
  /** The owner has stopped all changes. Reads still work. */
  readonly is_read_only: boolean;
}

/** What the database says about itself. */
interface DatabaseReadiness {
  readonly limits: readonly string[];
  readonly late_jobs: readonly string[];
  readonly is_read_only: boolean;
}

export async function checkReadiness(context: RequestContext): Promise<Readiness> {
  let found: DatabaseReadiness = { limits: [], late_jobs: [], is_read_only: false };
  const [postgres, redis] = await Promise.all([
    state(context, "postgres", async () => {
      found = await readReadiness(context);
    }),
    state(context, "redis", () => attempt(() => ping(context))),
  ]);
  const { limits: missing_limits, late_jobs, is_read_only } = found;
  const is_whole =
    redis === "ok" && missing_limits.length === 0 && late_jobs.length === 0 && !is_read_only;
  const status = postgres === "unavailable" ? "unavailable" : is_whole ? "ok" : "degraded";
  return { status, dependencies: { postgres, redis }, missing_limits, late_jobs, is_read_only };
}

/** Returns the limits of the Worker's role that differ from what every migrate sets. */
export async function readMissingLimits(context: RequestContext): Promise<readonly string[]> {
  return (await readReadiness(context)).limits;
}

async function readReadiness(context: RequestContext): Promise<DatabaseReadiness> {
  // bank.check_readiness makes this object.
  return JSON.parse(
    bodyOf(await call(context.database, "check_readiness", {})),
  ) as DatabaseReadiness;
}

async function ping(context: RequestContext): Promise<void> {
  if ((await openRedis(context.env).ping()) !== "PONG")
    throw new Error("Redis did not answer PONG.");
}

async function state(context: RequestContext, dependency: string, ask: () => Promise<unknown>) {
  try {
    await ask();
    return "ok";
  } catch (error) {
    log("dependency_unavailable", {
      request_id: context.request_id,
      dependency,
      ...describeError(error),
    });
    return "unavailable";
  }
}
