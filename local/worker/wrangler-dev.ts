import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOwnedProcess, type OwnedProcess } from "../child-process.ts";
import { ExplainedError } from "../explained-error.ts";
import { hyperdrive_variable, wranglerEnvironment } from "./wrangler-environment.ts";

const project_directory = path.join(import.meta.dirname, "../..");
const start_limit_ms = 60_000;

export interface WranglerDev {
  readonly url: string;
  readonly log_file: string;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

export interface WranglerDevOptions {
  readonly wrangler: PreparedWrangler;
  readonly data_directory: string;
  readonly port: number;
  /** Connects as the Worker's role, never as the owner. */
  readonly database_url: string;
  /** The vars and secrets of the Worker. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface PreparedWrangler {
  readonly done: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Creates Wrangler's folder in the data directory and removes what a killed run has left in it.
 * This takes a second. The servers start in the meantime.
 */
export function prepareWrangler(data_directory: string): PreparedWrangler {
  const controller = new AbortController();
  const done = makeFolder(wranglerDirectory(data_directory), controller.signal);
  const ended = done.catch(() => undefined);
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  return { done, stop };
}

async function makeFolder(directory: string, signal: AbortSignal): Promise<void> {
  for (const name of [".wrangler", "assets", "registry", temporary])
    await rm(path.join(directory, name), { recursive: true, force: true });
  await mkdir(path.join(directory, temporary), { recursive: true });
  const writer = await startOwnedProcess({
    program: process.execPath,
    arguments: [path.join(import.meta.dirname, "write-worker-config.ts"), directory],
    spawn: {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ...wranglerEnvironment(directory) },
    },
    stop_signals: [{ signal: "SIGKILL", patience_ms: 5_000 }],
    signal_whole_group: false,
  });
  const stopWriter = (): void => void writer.stop();
  signal.addEventListener("abort", stopWriter);
  if (signal.aborted) stopWriter();
  const { code } = await writer.ended;
  await writer.stop();
  if (code !== 0)
    throw new Error("The configuration of the local Worker was not written; see above.");
}

const temporary = "tmp";

function wranglerDirectory(data_directory: string): string {
  return path.join(data_directory, "wrangler");
}

/**
 * Runs the Worker under `wrangler dev` and waits until it answers. All of Wrangler's files are in
 * the data directory, so that several banks can run side by side.
 *
 * @throws {ExplainedError} when the Worker does not answer.
 */
export async function startWranglerDev(options: WranglerDevOptions): Promise<WranglerDev> {
  await options.wrangler.done;
  const own_directory = wranglerDirectory(options.data_directory);
  const env_file = path.join(options.data_directory, "worker.env");
  await writeFile(env_file, envFileText(options.bindings), { mode: 0o600 });
  const log_file = path.join(options.data_directory, "worker.log");
  const wrangler = await spawnWrangler(options, own_directory, env_file, log_file);
  const url = `http://127.0.0.1:${String(options.port)}`;
  if (await isAnswering(url, wrangler, options.signal)) {
    return { url, log_file, ended: wrangler.ended, stop: () => wrangler.stop() };
  }
  await wrangler.stop();
  throw new ExplainedError(
    `The Worker did not start: ${await lastComplaint(log_file)} (its log is ${log_file})`,
  );
}

async function spawnWrangler(
  options: WranglerDevOptions,
  own_directory: string,
  env_file: string,
  log_file: string,
): Promise<OwnedProcess> {
  // After a crash, people want to read the log of the run before.
  await rename(log_file, `${log_file}.previous`).catch(() => undefined);
  const log = await open(log_file, "w", 0o600);
  try {
    return await startOwnedProcess({
      program: process.execPath,
      arguments: [
        path.join(project_directory, "node_modules/wrangler/bin/wrangler.js"),
        "dev",
        // Wrangler serves the first Worker. The second one is reached only by its service binding.
        ...["--config", path.join(own_directory, "wrangler.json")],
        ...["--config", path.join(own_directory, "wrangler.passwords.json")],
        ...["--env-file", env_file],
        ...["--ip", "127.0.0.1", "--port", String(options.port)],
        ...["--inspector-ip", "127.0.0.1", "--inspector-port", "0"],
        ...["--persist-to", path.join(own_directory, "state")],
        ...["--show-interactive-dev-session", "false"],
      ],
      spawn: {
        cwd: own_directory,
        stdio: ["ignore", log.fd, log.fd],
        env: {
          HOME: process.env["HOME"],
          NO_COLOR: "1",
          TMPDIR: path.join(own_directory, temporary),
          PATH: [path.join(project_directory, "node_modules/.bin"), process.env["PATH"]].join(
            path.delimiter,
          ),
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

/** In single quotes dotenv takes everything as it is. No value here contains a single quote. */
function envFileText(bindings: Readonly<Record<string, string>>): string {
  return Object.entries(bindings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

async function isAnswering(
  url: string,
  wrangler: OwnedProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const give_up_at = Date.now() + start_limit_ms;
  while (!wrangler.hasEnded() && !signal.aborted && Date.now() < give_up_at) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      if (response.ok) return true;
    } catch {
      // Nothing listens yet.
    }
    await delay(50);
  }
  return false;
}

async function lastComplaint(log_file: string): Promise<string> {
  const lines = (await readFile(log_file, "utf8").catch(() => ""))
    .split("\n")
    .map((line) => line.trim());
  return (
    lines.find((line) => line.includes("ERROR")) ??
    lines.findLast((line) => line !== "") ??
    "it said nothing"
  );
}
