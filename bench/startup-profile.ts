import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { wranglerEnvironment } from "../local/worker/wrangler-environment.ts";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const project_directory = path.join(import.meta.dirname, "..");

/**
 * The CPU time that evaluating a Worker's script takes, as Wrangler profiles it. Compiling, native
 * code and garbage collection count; waiting does not. Cloudflare calls this the start-up time.
 */
export async function profileStart(config_file: string, directory: string): Promise<number> {
  const profile_file = path.join(directory, "start.cpuprofile");
  const wrangler = path.join(project_directory, "node_modules/wrangler/bin/wrangler.js");
  const options = ["--config", config_file, "--outfile", profile_file];
  await promisify(execFile)(process.execPath, [wrangler, "check", "startup", ...options], {
    cwd: path.dirname(config_file),
    env: { ...process.env, ...wranglerEnvironment(directory) },
  });
  const profile = JSON.parse(await readFile(profile_file, "utf8")) as CpuProfile;
  const idle = new Set(
    profile.nodes
      .filter(({ callFrame }) => callFrame.functionName === "(idle)")
      .map(({ id }) => id),
  );
  const active_us = profile.samples.map((id, index) =>
    idle.has(id) ? 0 : (profile.timeDeltas[index] ?? 0),
  );
  return active_us.reduce((sum, us) => sum + us, 0) / 1_000;
}
