import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { wranglerEnvironment } from "../../local/worker/wrangler-environment.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The bundle that Wrangler would deploy. */
    worker_bundle: string;
  }
}

const project_directory = path.join(import.meta.dirname, "../..");

/** Bundles the Worker once, for tests that start several of it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bundle-"));
  project.provide("worker_bundle", await buildWorker(directory));
  return () => rm(directory, { recursive: true, force: true });
}

/** Returns the folder of the bundle. */
export async function buildWorker(directory: string): Promise<string> {
  const bundle = path.join(directory, "bundle");
  const wrangler = path.join(project_directory, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", bundle], {
    cwd: project_directory,
    env: { ...process.env, ...wranglerEnvironment(directory) },
  });
  return bundle;
}
