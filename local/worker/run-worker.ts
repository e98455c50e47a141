import path from "node:path";
import { createTestHarness } from "wrangler";
import { hyperdrive_variable, wranglerEnvironment } from "./wrangler-environment.ts";

export interface WorkerOptions {
  /** For Wrangler's own files. */
  readonly directory: string;
  /** Made by `buildWorker`. Wrangler builds the Worker when it is not given. */
  readonly bundle?: string | undefined;
  /** Wrangler's file, if not the project's own. */
  readonly config?: string;
  readonly database_url: string;
  readonly redis_url: string;
  readonly redis_token: string;
  readonly jwt_keys: string;
  readonly jwt_issuer: string;
  readonly jwt_audience: string;
  /** Settings that are not the default. */
  readonly vars?: Readonly<Record<string, string>>;
}

export interface RunningWorker {
  readonly url: string;
  /** What the Worker has logged under a name, so far. */
  logged(event: string): Record<string, unknown>[];
  stop(): Promise<void>;
}

const project_directory = path.join(import.meta.dirname, "../..");

/**
 * The Worker as it is deployed, in workerd, on a port of its own and without `npm start` around it: for tests and
 * benchmarks. What one isolate remembers of Redis' failures, no other one knows.
 */
export async function runWorker(options: WorkerOptions): Promise<RunningWorker> {
  Object.assign(process.env, wranglerEnvironment(options.directory), {
    [hyperdrive_variable]: options.database_url,
  });
  const server = createTestHarness({
    workers: [
      {
        configPath: options.config ?? path.join(project_directory, "wrangler.toml"),
        ...(options.bundle === undefined ? {} : { prebuiltWorkerDir: options.bundle }),
        vars: { JWT_ISSUER: options.jwt_issuer, JWT_AUDIENCE: options.jwt_audience, ...options.vars },
        secrets: {
          JWT_KEYS: options.jwt_keys,
          UPSTASH_REDIS_REST_URL: options.redis_url,
          UPSTASH_REDIS_REST_TOKEN: options.redis_token,
        },
      },
      { configPath: path.join(project_directory, "wrangler.passwords.toml") },
    ],
  });
  const { url } = await server.listen();
  return {
    url: url.origin,
    logged: (event) => server.getLogs().flatMap(({ message }) => parseLine(message, event)),
    stop: () => server.close(),
  };
}

function parseLine(message: string, event: string): Record<string, unknown>[] {
  if (!message.startsWith(`{"event":"${event}"`)) return [];
  return [JSON.parse(message) as Record<string, unknown>];
}
