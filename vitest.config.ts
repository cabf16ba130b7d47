import { defineConfig } from "vitest/config";

/** A minute of builds that are attacks, beside what finishes in a quarter of an hour: `HOSTILE=1` runs them. */
const longest = ["test/hostile/builds.itg.test.ts"];
const withTools = "test/**/*.itg.test.ts";

/** Projects run in the order of their names: what takes minutes is begun first, so that two cores end together. */
export default defineConfig({
  test: {
    exclude: ["test/fixtures/**", ...(process.env["HOSTILE"] === undefined ? longest : [])],
    projects: [
      // Real tools have two cores to share and time to spend.
      { extends: true, test: { name: "tools", include: [withTools] } },
      // A process for each of 180 short files would cost more than many of them.
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [withTools], isolate: false },
      },
    ],
    // On a machine that does other things too, a real tool may once fail by itself; a defect fails twice.
    retry: process.env["CI"] === undefined ? 0 : 1,
    setupFiles: ["test/compile-children-once.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.generated.*"],
      reporter: ["text-summary", "json-summary"],
    },
  },
});
