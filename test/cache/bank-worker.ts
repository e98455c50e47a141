import path from "node:path";
import { createTestHarness } from "wrangler";
import { hyperdrive_variable } from "../../local/worker/wrangler-environment.ts";

export interface BankWorkerOptions {
  /** Made by `buildWorker`. */
  readonly bundle: string;
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

export interface BankWorker {
  readonly url: string;
  /** What the Worker has logged under a name, so far. */
  logged(event: string): Record<string, unknown>[];
  stop(): Promise<void>;
}

const project_config = path.join(import.meta.dirname, "../../wrangler.toml");
const passwords_config = path.join(import.meta.dirname, "../../wrangler.passwords.toml");

/** One more Worker, in an isolate of its own: what it remembers of Redis' failures is nobody else's. */
export async function startBankWorker(options: BankWorkerOptions): Promise<BankWorker> {
  process.env[hyperdrive_variable] = options.database_url;
  const server = createTestHarness({
    workers: [
      {
        configPath: options.config ?? project_config,
        prebuiltWorkerDir: options.bundle,
        vars: { JWT_ISSUER: options.jwt_issuer, JWT_AUDIENCE: options.jwt_audience, ...options.vars },
        secrets: {
          JWT_KEYS: options.jwt_keys,
          UPSTASH_REDIS_REST_URL: options.redis_url,
          UPSTASH_REDIS_REST_TOKEN: options.redis_token,
        },
      },
      { configPath: passwords_config },
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
