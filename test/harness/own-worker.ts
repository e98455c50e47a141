import { inject } from "vitest";
import {
  runWorker,
  type RunningWorker,
  type WorkerOptions,
} from "../../local/worker/run-worker.ts";
import { runServer } from "./run-server.ts";

/** What the Worker of this run was started with. */
export function settingsOfRun(): WorkerOptions {
  const bundle = inject("worker_bundle");
  return {
    directory: inject("directory"),
    bundle: bundle === "" ? undefined : bundle,
    database_url: inject("bank_api_url"),
    redis_url: inject("redis_rest_url"),
    redis_token: inject("redis_rest_token"),
    jwt_keys: inject("jwt_keys"),
    jwt_issuer: inject("jwt_issuer"),
    jwt_audience: inject("jwt_audience"),
  };
}

/**
 * One more Worker on the bank of this run, in an isolate of its own, or one more server where the
 * run is about a server. `changes` go over the settings of the run.
 */
export function runOwnWorker(changes: Partial<WorkerOptions> = {}): Promise<RunningWorker> {
  const runtime = inject("runtime");
  const options = { ...settingsOfRun(), ...changes };
  return runtime === "node" || runtime === "deno"
    ? runServer(runtime, options)
    : runWorker(options);
}

/** The same, with a Redis of the test's choice. */
export function startWorkerAt(
  redis_url: string,
  redis_token: string = inject("redis_rest_token"),
  vars: Readonly<Record<string, string>> = {},
): Promise<RunningWorker> {
  return runOwnWorker({ redis_url, redis_token, vars });
}
