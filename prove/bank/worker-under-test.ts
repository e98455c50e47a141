import path from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createTestHarness } from "wrangler";
import { sendSignal } from "../../local/child-process.ts";
import { hyperdrive_variable, wranglerEnvironment } from "../../local/worker/wrangler-environment.ts";
import { ownProcesses } from "./processes.ts";

export interface WorkerOptions {
  /** For Wrangler's own files, and the bundle. */
  readonly directory: string;
  readonly database_url: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const project_directory = path.join(import.meta.dirname, "../..");

/** The Worker as it is deployed, in workerd, which can be killed and started again. */
export class WorkerUnderTest {
  readonly #options: WorkerOptions;
  readonly #bundle: string;
  #server: ReturnType<typeof createTestHarness>;
  #url: string;

  private constructor(
    options: WorkerOptions,
    bundle: string,
    started: { server: ReturnType<typeof createTestHarness>; url: string },
  ) {
    this.#options = options;
    this.#bundle = bundle;
    this.#server = started.server;
    this.#url = started.url;
  }

  static async start(options: WorkerOptions): Promise<WorkerUnderTest> {
    Object.assign(process.env, wranglerEnvironment(options.directory), { WRANGLER_LOG: "error" });
    const bundle = await buildWorker(options.directory);
    return new WorkerUnderTest(options, bundle, await open(options, bundle));
  }

  get url(): string {
    return this.#url;
  }

  /** SIGKILL to every workerd of this process, and a new one at a new address. */
  async killAndStart(): Promise<void> {
    for (const pid of await ownProcesses("workerd")) sendSignal(pid, "SIGKILL");
    await this.#server.close().catch(() => undefined);
    const { server, url } = await open(this.#options, this.#bundle);
    this.#server = server;
    this.#url = url;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }
}

async function open(
  { database_url, vars, secrets }: WorkerOptions,
  bundle: string,
): Promise<{ server: ReturnType<typeof createTestHarness>; url: string }> {
  process.env[hyperdrive_variable] = database_url;
  const server = createTestHarness({
    workers: [
      {
        configPath: path.join(project_directory, "wrangler.toml"),
        prebuiltWorkerDir: bundle,
        vars: { ...vars },
        secrets: { ...secrets },
      },
      { configPath: path.join(project_directory, "wrangler.passwords.toml") },
    ],
  });
  const { url } = await server.listen();
  return { server, url: url.origin };
}

async function buildWorker(directory: string): Promise<string> {
  const bundle = path.join(directory, "bundle");
  const wrangler = path.join(project_directory, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", bundle], {
    cwd: project_directory,
    env: { ...process.env, ...wranglerEnvironment(directory) },
  });
  return bundle;
}
