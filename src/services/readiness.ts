import { attempt } from "../cache/redis.ts";
import { call } from "../database/call.ts";
import { describeError, log } from "../log.ts";
import type { RequestContext } from "./request-context.ts";

/** What the Worker depends on, and what it can do without each. */
export interface Readiness {
  readonly status: "ok" | "degraded" | "unavailable";
  readonly dependencies: { readonly postgres: "ok" | "unavailable"; readonly redis: "ok" | "unavailable" };
}

export async function checkReadiness(context: RequestContext): Promise<Readiness> {
  const [postgres, redis] = await Promise.all([
    state(context, "postgres", () => call(context.database, "check_readiness", {})),
    state(context, "redis", () => attempt(() => ping(context))),
  ]);
  const status = postgres === "unavailable" ? "unavailable" : redis === "unavailable" ? "degraded" : "ok";
  return { status, dependencies: { postgres, redis } };
}

async function ping(context: RequestContext): Promise<void> {
  if ((await context.cache.redis.ping()) !== "PONG") throw new Error("Redis did not answer PONG.");
}

async function state(context: RequestContext, dependency: string, ask: () => Promise<unknown>) {
  try {
    await ask();
    return "ok";
  } catch (error) {
    log("dependency_unavailable", { request_id: context.request_id, dependency, ...describeError(error) });
    return "unavailable";
  }
}
