import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { wranglerEnvironment } from "./wrangler-environment.ts";

const project_directory = path.join(import.meta.dirname, "../..");

/**
 * Bundles the Worker as Wrangler would deploy it. Returns the folder of the bundle below
 * `directory`.
 */
export async function buildWorker(directory: string): Promise<string> {
  const bundle = path.join(directory, "bundle");
  const wrangler = path.join(project_directory, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", bundle],
    {
      cwd: project_directory,
      env: { ...process.env, ...wranglerEnvironment(directory) },
    },
  );
  return bundle;
}
