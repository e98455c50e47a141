import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

/** In each runtime the tests of the API, and those of what is different there. */
const project = (name: string, include: readonly string[]) => ({
  test: {
    name,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // As for test/api in the main configuration.
    isolate: false,
    globalSetup: ["test/harness/ask-for-servers.ts"],
    include: ["test/api/**/*.test.ts", ...include],
  },
});

/**
 * A configuration of its own, so that `npx vitest run <file>` does not run each test of the API
 * four times.
 */
export default defineConfig({
  test: {
    ...config.test,
    projects: [
      // What a module of src/runtimes promises does not depend on the runtime, so it is asked once.
      project("node", ["test/runtimes/*.test.ts", "test/runtimes/parts/*.test.ts"]),
      project("deno", ["test/runtimes/*.test.ts"]),
      project("neon", []),
    ],
  },
});
