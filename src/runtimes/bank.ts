import path from "node:path";
import type { ExecutionContext } from "hono";
import { app } from "../app.ts";
import { address_limit, user_limit } from "../edge/rate-limit.ts";
import { login_location_limit } from "../edge/login-limit.ts";
import { parseEnv, type Env } from "../env.ts";
import { runJobs } from "../scheduled.ts";
import { storeAuditMessages } from "../services/audit-messages.ts";
import { openAssets } from "./assets.ts";
import { AuditQueue } from "./audit-queue.ts";
import { startClock } from "./clock.ts";
import { openPostgresPool } from "./postgres-pool.ts";
import { WindowedRateLimit } from "./rate-limit.ts";
import type { Settings, Variables } from "./settings.ts";

/** The API as a server runs it. */
export interface Bank {
  /** The environment's variables, and in place of Cloudflare's bindings what this process has. */
  readonly bindings: object;
  /** Answers a request, whose `CF-Connecting-IP` must be the client's address. */
  fetch(request: Request): Response | Promise<Response>;
  startClock(): void;
  /** Runs the jobs of one cron expression now. Throws when one of them fails. */
  runJobs(cron: string): Promise<void>;
  /** Finishes what goes on after the responses. Nothing may ask any more. */
  finish(): Promise<void>;
  /** Keeps in the log what `finish` could not store, in the time that it had. */
  giveUp(): void;
}

const assets_directory = path.join(import.meta.dirname, "../../dist/assets");

/** Nothing connects before the first request. */
export function openBank(settings: Settings, variables: Variables): Bank {
  const env = (): Env => parseEnv(bindings);
  const queue = new AuditQueue((batch) => storeAuditMessages(env(), batch));
  const pool =
    variables["DATABASE_URL"] === undefined
      ? undefined
      : openPostgresPool(variables["DATABASE_URL"], settings.DATABASE_CONNECTIONS_MAX);
  const window_seconds = 60;
  const bindings: object = {
    ...variables,
    POSTGRES: pool,
    USER_RATE_LIMIT: new WindowedRateLimit(
      { policy: "user", quota: user_limit, window_seconds },
      env,
    ),
    ADDRESS_RATE_LIMIT: new WindowedRateLimit(
      { policy: "address", quota: address_limit, window_seconds },
      env,
    ),
    // It counts while Redis is away, so it counts here.
    LOGIN_RATE_LIMIT: new WindowedRateLimit(
      { policy: "login", quota: login_location_limit, window_seconds },
      null,
    ),
    AUDIT_QUEUE: queue,
    ASSETS: openAssets(assets_directory),
  };
  const work = new Set<Promise<unknown>>();
  const waitUntil = (promise: Promise<unknown>): void => {
    const settled = promise.catch(() => undefined).finally(() => work.delete(settled));
    work.add(settled);
  };
  const context: ExecutionContext = {
    waitUntil,
    passThroughOnException: () => undefined,
    props: {},
  };
  let clock: ReturnType<typeof startClock> | undefined;
  return {
    bindings,
    fetch: (request) => app.fetch(request, bindings, context),
    startClock: () => (clock = startClock(bindings, waitUntil)),
    runJobs: (cron) => runJobs(cron, bindings, waitUntil),
    finish: async () => {
      await clock?.stop();
      while (work.size > 0) await Promise.all(work);
      await queue.drain();
      await pool?.close();
    },
    giveUp: () => queue.giveUp(),
  };
}
