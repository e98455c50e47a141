import path from "node:path";
import { unstable_startWorker } from "wrangler";
import { hyperdrive_variable, wranglerEnvironment } from "../local/wrangler-environment.ts";

const project_directory = path.join(import.meta.dirname, "..");

export interface TestWorker {
  readonly url: string;
  stop(): Promise<void>;
}

export interface TestWorkerOptions {
  /** For Wrangler's own files. */
  readonly directory: string;
  readonly database_url: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The Worker as it is deployed: the bundle that Wrangler builds, in workerd, on a port of its own. What it fetches
 * goes out of workerd directly.
 */
export async function startTestWorker(options: TestWorkerOptions): Promise<TestWorker> {
  Object.assign(process.env, wranglerEnvironment(options.directory), {
    [hyperdrive_variable]: options.database_url,
  });
  const worker = await unstable_startWorker({
    config: path.join(project_directory, "wrangler.toml"),
    envFiles: [],
    bindings: {
      ...bindings("plain_text", options.vars),
      ...bindings("secret_text", options.secrets),
    },
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      persist: false,
      watch: false,
      logLevel: "error",
    },
  });
  const url = await worker.url;
  return { url: url.origin, stop: () => worker.dispose() };
}

function bindings<Kind extends "plain_text" | "secret_text">(
  type: Kind,
  values: Readonly<Record<string, string>>,
): Record<string, { type: Kind; value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type, value }]));
}
