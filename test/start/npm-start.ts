import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { findFreePort } from "../../local/free-port.ts";
import type { UnixUser } from "../../local/postgres/postgres-program.ts";

const start_limit_ms = 60_000;

export interface Started {
  readonly output: () => string;
  readonly data_directory: string;
  readonly port: number;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  opened(): Promise<void>;
}

export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-start-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** `npm start` itself, in a data directory of its own unless the environment names one. */
export async function start(
  environment: Record<string, string> = {},
  user?: UnixUser,
): Promise<Started> {
  const data_directory = environment["EDGEBANK_DATA_DIR"] ?? (await scratchDirectory());
  const port = await findFreePort();
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "../../local/start.ts")], {
    ...user,
    env: {
      HOME: process.env["HOME"],
      PATH: process.env["PATH"],
      PORT: String(port),
      EDGEBANK_DATA_DIR: data_directory,
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => (output += String(text)));
  const ended = once(child, "close").then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return {
    output: () => output,
    data_directory,
    port,
    ended,
    kill: (signal) => void child.kill(signal),
    opened: async () => {
      const give_up_at = Date.now() + start_limit_ms;
      while (!output.includes("Edgebank is open")) {
        if (child.exitCode !== null || Date.now() > give_up_at)
          throw new Error(`not open:\n${output}`);
        await delay(50);
      }
    },
  };
}

/** The processes of this machine that work for a data directory. */
export async function processesOf(data_directory: string): Promise<string[]> {
  const child = spawn(
    "grep",
    ["-lsaF", "-f", "-", "-r", "--include=environ", "--include=cmdline", "/proc"],
    {
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  child.stdin.end(data_directory);
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  await once(child, "close");
  return output.split("\n").filter((line) => /^\/proc\/\d+\/\w+$/.test(line));
}
