import { availableParallelism } from "node:os";
import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { forgetPostgresVariables } from "./local/postgres/shell-variables.ts";
import { wranglerEnvironment } from "./local/worker/wrangler-environment.ts";

forgetPostgresVariables(process.env, (process.env["DATABASE_URL"] ?? "") !== "");
Object.assign(process.env, wranglerEnvironment(path.join(import.meta.dirname, "dist/vitest")));

const limits = { testTimeout: 30_000, hookTimeout: 30_000 };
const globalSetup = ["test/global-setup.ts"];
// One project after the other: what measures time is not disturbed by what takes all of it.
const inTurn = (groupOrder: number): { sequence: { groupOrder: number } } => ({ sequence: { groupOrder } });

/**
 * `sql` needs Postgres only, `api` the Worker too, `workerd` neither: its tests run in the Worker's runtime. Those of
 * `cache` and `faults` take servers away, so they start their own; `start` is `npm start` itself. All three
 * wait for much, so `npm test` leaves them to `npm run test:slow`.
 */
export default defineConfig({
  test: {
    // Tests wait for Postgres and the Worker more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          ...limits,
          ...inTurn(0),
          name: "sql",
          include: ["test/{sql,properties,local}/**/*.test.ts"],
          exclude: ["test/local/start*.test.ts"],
          globalSetup,
        },
      },
      {
        test: {
          ...limits,
          ...inTurn(1),
          name: "api",
          include: ["test/{api,races,contracts}/**/*.test.ts"],
          globalSetup,
        },
      },
      {
        plugins: [cloudflareTest({ miniflare: { compatibilityDate: "2026-10-23" } })],
        test: { ...limits, ...inTurn(2), name: "workerd", include: ["test/worker/**/*.test.ts"] },
      },
      {
        test: {
          ...limits,
          ...inTurn(4),
          name: "cache",
          include: ["test/cache/**/*.test.ts"],
          globalSetup: [...globalSetup, "test/cache/build-worker.ts"],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...limits,
          ...inTurn(3),
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...limits,
          ...inTurn(6),
          name: "tellers",
          include: ["test/tellers/**/*.test.ts"],
          globalSetup: [...globalSetup, "test/cache/build-worker.ts", "test/tellers/tellers-config.ts"],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...limits,
          ...inTurn(5),
          name: "start",
          include: ["test/local/start*.test.ts"],
          globalSetup,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
