import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Finished, Run } from "../run.ts";
import { findProgram, isProgram } from "./programs.ts";

/** What a command can need of the machine; src/setup/tools.txt says how each is recognised and what brings it. */
export const allNeeds = [
  "git",
  "buildah",
  "runc",
  "mmdebstrap",
  "registry",
  "qemu-arm64",
  "qemu-amd64",
  "trivy",
  "skopeo",
] as const;
export type Need = (typeof allNeeds)[number];

export interface SetupDeps {
  readonly run: Run;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clone; by default the one that this file belongs to. */
  readonly root?: string;
  readonly signal?: AbortSignal;
}

export const ownRoot = join(import.meta.dirname, "../..");

/**
 * Installs what of `needs` is missing, by the same sh that starts a command; for needs that only a plan shows
 * (an emulator, mmdebstrap, the embedded registry). Where nothing is missing it starts no process.
 * @throws FactoryError "tools-missing" with the packages to install where that cannot be done here, "tool-failed" where
 *   another try may succeed.
 */
export async function ensureTools(needs: readonly Need[], deps: SetupDeps): Promise<void> {
  const root = deps.root ?? ownRoot;
  if (needs.length === 0 || isThere(needs, root, deps.env)) return;
  // In the builder image set-up installs nothing, and the clone is not this user's to write to.
  const logFile = deps.env["FACTORY_BUILDER"] === "1" ? undefined : join(root, ".factory/logs/set-up.log");
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true });
  const finished = await deps.run({
    tool: "sh",
    args: [join(root, "src/setup/install.sh"), ...needs],
    env: setUpEnvironment(deps.env),
    ...(logFile === undefined ? {} : { logFile }),
    onLine: (line) => {
      const text = notable(line);
      if (text !== undefined) deps.log({ kind: "note", text });
    },
    alsoOk: [69, 75],
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (finished.exitCode === 69) {
    throw new FactoryError("tools-missing", lastWord(finished), {
      hint: "Or: npm run doctor says what this machine lacks.",
    });
  }
  if (finished.exitCode === 75) {
    throw new FactoryError(
      "tool-failed",
      `${lastWord(finished)}${logFile === undefined ? "" : ` (full output: ${logFile})`}`,
    );
  }
}

/** What install.sh would look for first, by the same table. */
function isThere(needs: readonly Need[], root: string, env: SetupDeps["env"]): boolean {
  const table = readFileSync(join(root, "src/setup/tools.txt"), "utf8");
  const shownBy = new Map(table.split("\n").map((line) => line.split(/ +/, 2) as [string, string]));
  const onPath = (program: string) => findProgram(program, env) !== undefined;
  return needs.every((need) => {
    if (need === "trivy" && (env["TRIVY"] || isProgram(join(root, ".factory/bin/trivy")))) return true;
    const programs = shownBy.get(need);
    return programs?.split(",").every((either) => either.split("|").some(onPath)) ?? false;
  });
}

/** The lines that tell somebody who waits what is going on. */
function notable(line: string): string | undefined {
  if (line.startsWith(ours)) return line;
  return line.startsWith("Setting up ")
    ? `${ours}${line.slice("Setting up ".length).replace(/ \.\.\.$/, "")}`
    : undefined;
}

const ours = "set-up: ";

function lastWord(finished: Finished): string {
  const said = finished.stderr
    .trim()
    .split("\n")
    .findLast((line) => line.startsWith(ours));
  return said?.slice(ours.length) ?? `set-up ended with ${finished.exitCode}`;
}

const passedOn = ["TRIVY", "FACTORY_BUILDER", "NODE_EXTRA_CA_CERTS"];

/** Where npm finds packages and certificates, for the npm that set-up starts; install.sh keeps the rest from it. */
function setUpEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (passedOn.includes(name) || name.startsWith("npm_config_")))
      kept[name] = value;
  }
  return kept;
}
