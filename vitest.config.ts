import { defineConfig } from "vitest/config";

/** A minute of builds that are attacks, beside what finishes in a quarter of an hour: `HOSTILE=1` runs them. */
const longest = ["test/hostile/builds.itg.test.ts"];

/** Unit tests run side by side; tests with real tools (`*.itg.test.ts`) have two cores to share and time to spend. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", ...(process.env["HOSTILE"] === undefined ? longest : [])],
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
