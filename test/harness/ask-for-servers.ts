import type { TestProject } from "vitest/node";
import type { Part } from "./servers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What the tests of the project share beside Postgres and Redis. */
    asked_parts: readonly Part[];
  }
}

const parts_of: Readonly<Record<string, readonly Part[]>> = {
  api: ["worker"],
  scripts: ["worker"],
  clients: ["worker"],
  tellers: ["worker", "bundle"],
  cache: ["worker", "bundle"],
  node: ["node"],
  deno: ["deno"],
  neon: ["neon", "bundle"],
};

/**
 * Runs for each project that has a test in this run, before `start-servers.ts`, which runs once for
 * all of them.
 */
export default function setup(project: TestProject): void {
  project.provide("asked_parts", parts_of[project.name] ?? []);
}
