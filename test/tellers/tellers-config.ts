import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Wrangler's configuration with the tellers turned on. */
    tellers_config: string;
  }
}

const project_directory = path.join(import.meta.dirname, "../..");

/** What wrangler.toml says to do. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-tellers-"));
  project.provide("tellers_config", await writeTellersConfig(directory));
  return () => rm(directory, { recursive: true, force: true });
}

/** Returns the path of the file. */
export async function writeTellersConfig(directory: string): Promise<string> {
  const text = await readFile(path.join(project_directory, "wrangler.toml"), "utf8");
  const start = text.indexOf("# [[durable_objects.bindings]]");
  if (start < 0) throw new Error("wrangler.toml does not say how to turn the tellers on.");
  const turned_on = text.slice(0, start) + text.slice(start).replace(/^# /gm, "");
  const anywhere = turned_on
    .replace('main = "', `main = "${project_directory}/`)
    .replace('directory = "', `directory = "${project_directory}/`);
  const file = path.join(directory, "wrangler.toml");
  await writeFile(file, anywhere);
  return file;
}
