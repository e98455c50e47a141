import { availableParallelism } from "node:os";
import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { forgetPostgresVariables } from "./local/postgres/shell-variables.ts";
import { wranglerEnvironment } from "./local/worker/wrangler-environment.ts";

forgetPostgresVariables(process.env, (process.env["DATABASE_URL"] ?? "") !== "");
const directory = path.join(import.meta.dirname, "dist/vitest");
Object.assign(process.env, wranglerEnvironment(directory));
// For the programs that tests start, each of which would compile Wrangler anew.
process.env["NODE_COMPILE_CACHE"] ??= path.join(directory, "compiled");

const limits = { testTimeout: 30_000, hookTimeout: 30_000 };

const asks = "test/harness/ask-for-servers.ts";

interface Options {
  readonly globalSetup?: string[];
  readonly testTimeout?: number;
  readonly fileParallelism?: false;
  readonly isolate?: false;
}

/**
 * The tests below `test/<name>/`. Projects of one group run together, the groups one after the
 * other.
 */
const project = (name: string, groupOrder: number, options: Options = {}) => ({
  test: {
    ...limits,
    name,
    globalSetup: [asks],
    include: [`test/${name}/**/*.test.ts`],
    ...options,
    sequence: { groupOrder },
  },
});

/**
 * The files of a worker share its modules and its connections, because a short file costs less than
 * its start.
 */
const together = { isolate: false } as const;

const slow = { testTimeout: 120_000, fileParallelism: false } as const;

/**
 * Each folder of tests is a project. `test/harness/start-servers.ts` starts what the projects of a
 * run share. `npm test` leaves those that take long to `npm run test:slow`: `scripts`, which start
 * programs, `cache`, `tellers`, `faults` and `replica`, which take servers away, and `start`, which
 * is `npm start` itself. `clients` needs compilers, so it has a command of its own.
 */
export default defineConfig({
  test: {
    globalSetup: ["test/harness/start-servers.ts"],
    // Tests wait for Postgres and the Worker more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project("local", 0),
      project("properties", 0, together),
      project("prove", 0, { globalSetup: [] }),
      project("races", 0, together),
      project("sql", 0, together),
      // After those that take the whole machine: the Worker gives Redis 150 ms.
      project("api", 1, together),
      project("contracts", 1),
      {
        plugins: [cloudflareTest({ miniflare: { compatibilityDate: "2026-10-23" } })],
        ...project("worker", 2, { globalSetup: [] }),
      },
      project("scripts", 2),
      project("faults", 3, { ...slow, globalSetup: [] }),
      project("cache", 4, slow),
      project("start", 5, { testTimeout: 60_000 }),
      project("replica", 7, { ...slow, globalSetup: [] }),
      project("tellers", 6, { ...slow, globalSetup: [asks, "test/tellers/tellers-config.ts"] }),
      project("clients", 8, slow),
    ],
  },
});
