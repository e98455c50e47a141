import { defineConfig } from "vitest/config";
import { tests } from "./mutated.ts";

/**
 * The tests that Stryker runs. Their Worker code runs in Node, because Stryker cannot look into
 * workerd.
 */
export default defineConfig({
  test: {
    include: tests.map((name) => `test/worker/${name}.test.ts`),
    testTimeout: 60_000,
  },
});
