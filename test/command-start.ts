import { join } from "node:path";
import { ownRoot } from "../src/setup/needs.ts";

/** What start.sh tells Node before the script: code that was compiled once is not compiled again. */
export const nodeWords = [
  "--max-semi-space-size=4",
  "--disable-warning=ExperimentalWarning",
  `--import=${join(ownRoot, "src/setup/quick-imports.ts")}`,
];
export const nodeVariables = { NODE_COMPILE_CACHE: join(ownRoot, "node_modules/.cache/node") };
