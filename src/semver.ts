import { createRequire } from "node:module";

let loaded: typeof import("semver") | undefined;

/** The package of that name, loaded by the first who compares versions: it has 45 modules, and most commands do without. */
export function semver(): typeof import("semver") {
  loaded ??= createRequire(import.meta.url)("semver") as typeof import("semver");
  return loaded;
}
