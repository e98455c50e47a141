import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { startOwnedProcess, type OwnedProcess } from "../../local/child-process.ts";
import type { RunningWorker, WorkerOptions } from "../../local/worker/run-worker.ts";

const project_directory = path.join(import.meta.dirname, "../..");

/**
 * On a busy machine Redis may take longer than its usual 150 ms. The tests of a slow Redis are in
 * test/cache.
 */
export const patience = { REDIS_READ_TIMEOUT_MS: "1000" };

export type ServerRuntime = "node" | "deno";

export interface RunningServer extends RunningWorker {
  readonly process: OwnedProcess;
}

/** The command of `npm run start:node` or `npm run start:deno`, as package.json has it. */
function commandOf(runtime: ServerRuntime): { program: string; words: string[] } {
  const text = readFileSync(path.join(project_directory, "package.json"), "utf8");
  const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
  const command = scripts[`start:${runtime}`] ?? "";
  const [program = "", ...words] = command.replace(/^exec /, "").split(" ");
  return { program: path.join(project_directory, "node_modules/.bin", program), words };
}

/** As an operator would set them. The tests stand for a proxy in front of the server. */
function variablesOf(options: WorkerOptions): Record<string, string> {
  return {
    PORT: "0",
    JOBS: "off",
    TRUSTED_PROXIES: "127.0.0.1",
    ...patience,
    DATABASE_URL: options.database_url,
    UPSTASH_REDIS_REST_URL: options.redis_url,
    UPSTASH_REDIS_REST_TOKEN: options.redis_token,
    JWT_KEYS: options.jwt_keys,
    JWT_ISSUER: options.jwt_issuer,
    JWT_AUDIENCE: options.jwt_audience,
    ...options.vars,
  };
}

/** Starts the program with these settings, and nothing of this process' environment. */
export function startServerProcess(
  runtime: ServerRuntime,
  options: WorkerOptions,
  more_words: readonly string[] = [],
): Promise<OwnedProcess> {
  const { program, words } = commandOf(runtime);
  return startOwnedProcess({
    program,
    arguments: [...words, ...more_words],
    spawn: {
      cwd: project_directory,
      // Deno keeps what it has compiled, and would look for a newer version of itself.
      env: {
        ...variablesOf(options),
        DENO_DIR: path.join(options.directory, "deno"),
        DENO_NO_UPDATE_CHECK: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
    stop_signals: [
      { signal: "SIGTERM", patience_ms: 30_000 },
      { signal: "SIGKILL", patience_ms: 5_000 },
    ],
    signal_whole_group: false,
  });
}

/** What `npm run prestart:node` builds. */
export async function buildAssets(): Promise<void> {
  await promisify(execFile)(process.execPath, [
    path.join(project_directory, "scripts/build-assets.ts"),
  ]);
}

/** The bank as a server, on a free port. */
export async function runServer(
  runtime: ServerRuntime,
  options: WorkerOptions,
): Promise<RunningServer> {
  const started = await startServerProcess(runtime, options);
  const lines: string[] = [];
  for (const stream of [started.child.stdout, started.child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const logged = (event: string): Record<string, unknown>[] =>
    lines
      .filter((line) => line.startsWith(`{"event":"${event}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const give_up_at = Date.now() + 30_000;
  while (logged("server_started").length === 0) {
    if (started.hasEnded() || Date.now() > give_up_at) {
      await started.stop();
      throw new Error(`The server did not start:\n${lines.join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [{ url } = {}] = logged("server_started");
  return { url: String(url), process: started, logged, stop: () => started.stop() };
}
