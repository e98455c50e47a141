import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOwnedProcess, type OwnedProcess } from "./child-process.ts";
import { ExplainedError } from "./explained-error.ts";
import { hyperdrive_variable, wranglerEnvironment } from "./wrangler-environment.ts";

const project_directory = path.join(import.meta.dirname, "..");
const start_limit_ms = 60_000;

export interface WranglerDev {
  readonly url: string;
  readonly log_file: string;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

export interface WranglerDevOptions {
  readonly directory: string;
  readonly port: number;
  /** Of the role `bank_api`. */
  readonly database_url: string;
  /** Vars and secrets of the Worker. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs the Worker under `wrangler dev` and waits until it answers. All of Wrangler's files are in the data directory,
 * so that several run side by side.
 *
 * @throws {ExplainedError} when it does not come up.
 */
export async function startWranglerDev(options: WranglerDevOptions): Promise<WranglerDev> {
  const own_directory = path.join(options.directory, "wrangler");
  await mkdir(own_directory, { recursive: true });
  const env_file = path.join(options.directory, "worker.env");
  await writeFile(env_file, envFileText(options.bindings), { mode: 0o600 });
  const log_file = path.join(options.directory, "worker.log");
  const wrangler = await spawnWrangler(options, own_directory, env_file, log_file);
  const url = `http://127.0.0.1:${String(options.port)}`;
  if (await isAnswering(url, wrangler, options.signal)) {
    return { url, log_file, ended: wrangler.ended, stop: () => wrangler.stop() };
  }
  await wrangler.stop();
  throw new ExplainedError(
    `The Worker did not come up: ${await lastComplaint(log_file)} (its log is ${log_file})`,
  );
}

async function spawnWrangler(
  options: WranglerDevOptions,
  own_directory: string,
  env_file: string,
  log_file: string,
): Promise<OwnedProcess> {
  // The log of the run before is what one wants to read after a crash.
  await rename(log_file, `${log_file}.previous`).catch(() => undefined);
  const log = await open(log_file, "w", 0o600);
  try {
    return await startOwnedProcess({
      program: process.execPath,
      arguments: [
        path.join(project_directory, "node_modules/wrangler/bin/wrangler.js"),
        "dev",
        ...["--config", path.join(project_directory, "wrangler.toml")],
        ...["--env-file", env_file],
        ...["--ip", "127.0.0.1", "--port", String(options.port)],
        ...["--inspector-ip", "127.0.0.1", "--inspector-port", "0"],
        ...["--persist-to", path.join(own_directory, "state")],
        ...["--show-interactive-dev-session", "false"],
      ],
      spawn: {
        cwd: project_directory,
        stdio: ["ignore", log.fd, log.fd],
        env: {
          HOME: process.env["HOME"],
          NO_COLOR: "1",
          PATH: `${path.join(project_directory, "node_modules/.bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
          ...wranglerEnvironment(own_directory),
          [hyperdrive_variable]: options.database_url,
        },
      },
      stop_signals: [
        { signal: "SIGTERM", patience_ms: 5_000 },
        { signal: "SIGKILL", patience_ms: 5_000 },
      ],
      signal_whole_group: true,
    });
  } finally {
    await log.close();
  }
}

/** In single quotes dotenv takes everything as it stands; none of our values holds one. */
function envFileText(bindings: Readonly<Record<string, string>>): string {
  return Object.entries(bindings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

async function isAnswering(url: string, wrangler: OwnedProcess, signal: AbortSignal): Promise<boolean> {
  const give_up_at = Date.now() + start_limit_ms;
  while (!wrangler.hasEnded() && !signal.aborted && Date.now() < give_up_at) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      if (response.ok) return true;
    } catch {
      // Nobody listens yet.
    }
    await delay(50);
  }
  return false;
}

async function lastComplaint(log_file: string): Promise<string> {
  const lines = (await readFile(log_file, "utf8").catch(() => "")).split("\n").map((line) => line.trim());
  return (
    lines.find((line) => line.includes("ERROR")) ?? lines.findLast((line) => line !== "") ?? "it said nothing"
  );
}
