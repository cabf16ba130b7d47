import { defineConfig } from "vitest/config";

/** Unit tests run side by side; tests with real tools (`*.itg.test.ts`) have two cores to share and time to spend. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/**/*.generated.*"],
      reporter: ["text-summary", "json-summary"],
    },
  },
});
