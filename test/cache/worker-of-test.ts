import { inject } from "vitest";
import { wranglerEnvironment } from "../../local/worker/wrangler-environment.ts";
import { startBankWorker, type BankWorker } from "./bank-worker.ts";

Object.assign(process.env, wranglerEnvironment("dist/vitest"));

/** A Worker on the bank of this run, with a Redis of the test's choice. */
export function startWorkerAt(
  redis_url: string,
  redis_token: string = inject("redis_rest_token"),
  vars: Readonly<Record<string, string>> = {},
): Promise<BankWorker> {
  return startBankWorker({
    bundle: inject("worker_bundle"),
    database_url: inject("bank_api_url"),
    redis_url,
    redis_token,
    jwt_keys: inject("jwt_keys"),
    jwt_issuer: inject("jwt_issuer"),
    jwt_audience: inject("jwt_audience"),
    vars,
  });
}
