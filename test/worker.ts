import path from "node:path";
import { createTestHarness } from "wrangler";
import { hyperdrive_variable, wranglerEnvironment } from "../local/worker/wrangler-environment.ts";

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
 * The Workers as they are deployed: the bundles that Wrangler builds, in workerd, on a port of their own. What they
 * fetch goes out of workerd directly.
 */
export async function startTestWorker(options: TestWorkerOptions): Promise<TestWorker> {
  Object.assign(process.env, wranglerEnvironment(options.directory), {
    [hyperdrive_variable]: options.database_url,
  });
  const server = createTestHarness({
    workers: [
      {
        configPath: path.join(project_directory, "wrangler.toml"),
        vars: { ...options.vars },
        secrets: { ...options.secrets },
      },
      { configPath: path.join(project_directory, "wrangler.passwords.toml") },
    ],
  });
  const { url } = await server.listen();
  return { url: url.origin, stop: () => server.close() };
}
