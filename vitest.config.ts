import { configDefaults, defineConfig } from "vitest/config";

/** Real compilers and servers run in these tests, on two cores; nothing is timed. */
const time = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...time,
          name: "npm",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "test/system/**"],
        },
      },
      // What needs programs that npm does not bring.
      {
        test: {
          ...time,
          name: "system",
          include: ["test/system/**/*.test.ts"],
          globalSetup: "test/system/setup.ts",
        },
      },
    ],
  },
});
