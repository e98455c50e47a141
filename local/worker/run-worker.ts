import path from "node:path";
import { createTestHarness } from "wrangler";
import { hyperdrive_variable, wranglerEnvironment } from "./wrangler-environment.ts";

export interface WorkerOptions {
  /** The folder for Wrangler's own files. */
  readonly directory: string;
  /** The folder that `buildWorker` made. Without it, Wrangler builds the Worker. */
  readonly bundle?: string | undefined;
  /** Wrangler's configuration file, if not the project's own. */
  readonly config?: string;
  readonly database_url: string;
  readonly redis_url: string;
  readonly redis_token: string;
  readonly jwt_keys: string;
  readonly jwt_issuer: string;
  readonly jwt_audience: string;
  /** Settings that differ from the default. */
  readonly vars?: Readonly<Record<string, string>>;
}

export interface RunningWorker {
  readonly url: string;
  /** The log lines of an event so far. */
  logged(event: string): Record<string, unknown>[];
  stop(): Promise<void>;
}

const project_directory = path.join(import.meta.dirname, "../..");

/**
 * Runs the Worker as it is deployed, in workerd, on a port of its own and without the rest of
 * `npm start`: for tests and benchmarks. Each isolate remembers failures of Redis for itself.
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
        vars: {
          JWT_ISSUER: options.jwt_issuer,
          JWT_AUDIENCE: options.jwt_audience,
          ...options.vars,
        },
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
