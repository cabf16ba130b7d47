import { defineConfig } from "vitest/config";

/** Unit tests run side by side; tests with real tools (`*.itg.test.ts`) have two cores to share and time to spend. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**"],
    // On a machine that does other things too, a real tool may once fail by itself; a defect fails twice.
    retry: process.env["CI"] === undefined ? 0 : 1,
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
