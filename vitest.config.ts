import { defineConfig } from "vitest/config";

const limits = { testTimeout: 20_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...limits,
          name: "sql",
          include: ["test/{sql,local}/**/*.test.ts"],
          globalSetup: ["test/global-setup.ts"],
        },
      },
      {
        test: {
          ...limits,
          name: "api",
          include: ["test/{api,races,contracts}/**/*.test.ts"],
          globalSetup: ["test/global-setup.ts"],
        },
      },
    ],
  },
});
