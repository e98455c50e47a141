import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly arguments?: readonly string[];
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program of scripts/ as a person would, with what stands on its standard input. */
export async function runScript(name: string, options: RunOptions = {}): Promise<Ran> {
  const script = path.join(import.meta.dirname, "../../scripts", name);
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [script, ...(options.arguments ?? [])], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...options.environment },
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
