import { run } from "../../../src/run.ts";
import type { DebianPackages } from "../../../src/source/debian/packages.ts";
import { buildDebianRoot } from "../../../src/source/debian/root.ts";

/** For a process of its own, with another user or umask: `build-root.ts WORKDIR PACKAGES.json`; prints the digest. */
const [workDir = "", packages = ""] = process.argv.slice(2);
const { default: resolved } = (await import(packages, { with: { type: "json" } })) as {
  default: DebianPackages;
};
const door = { run, log: () => {}, workDir, mirror: undefined, ensureEmulation: async () => {} };
const { digest } = await buildDebianRoot(resolved, door, `${workDir}/root.tar`);
console.log(digest);
