import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { FactoryError } from "../errors.ts";
import { keepFor, recallFor } from "../kept.ts";
import type { Run } from "../run.ts";
import { semver } from "../semver.ts";
import { ownRoot } from "./needs.ts";
import { findProgram, isProgram } from "./programs.ts";

/** Flags that not every Trivy knows; one that does not know them dies of them. "--cache-backend" means: with "memory". */
const optionalFlags = ["--disable-telemetry", "--skip-version-check", "--cache-backend"] as const;
export type TrivyFlag = (typeof optionalFlags)[number];

/** The Trivy that scans. Survives JSON.stringify. */
export interface Trivy {
  readonly path: string;
  /** Undefined for a build that was given no version, as the quick one. */
  readonly version: string | undefined;
  readonly flags: readonly TrivyFlag[];
}

export interface TrivyDeps {
  readonly workDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: Run;
  readonly root?: string;
}

/** Releases that were published with malicious code in March 2026. */
const malicious = ["0.69.4", "0.69.5", "0.69.6"];

/** The first release whose `--cache-backend` takes "memory". */
const memoryCacheSince = "0.57.0";

/**
 * Finds the Trivy to scan with: TRIVY names it, else PATH has it, else set-up has put one under .factory/bin. What it
 * can do is asked once and remembered until the file changes.
 * @throws FactoryError "machine-lacks" when there is none, "settings-invalid" when TRIVY names no program or the one
 *   found is a malicious release.
 */
export async function locateTrivy(deps: TrivyDeps): Promise<Trivy> {
  const path = pathOfTrivy(deps);
  const stat = statSync(path);
  const key = `${path} ${stat.mtimeMs} ${stat.size}`;
  const file = join(deps.workDir, "cache/trivy.json");
  const remembered = recallFor(file, key) as Trivy | undefined;
  const trivy = remembered ?? (await examine(path, deps.run));
  if (trivy.version !== undefined && malicious.includes(trivy.version)) {
    throw new FactoryError(
      "settings-invalid",
      `${path} is Trivy ${trivy.version}, a malicious release (CVE-2026-33634)`,
      {
        hint: "Delete it, look after the secrets of the machine that ran it, and install 0.69.3 or 0.70 and later.",
      },
    );
  }
  if (remembered === undefined) await keepFor(file, key, trivy);
  return trivy;
}

function pathOfTrivy(deps: TrivyDeps): string {
  const named = deps.env["TRIVY"];
  if (named !== undefined && named !== "") {
    const path = named.includes("/") ? resolve(named) : findProgram(named, deps.env);
    if (path !== undefined && isProgram(path)) return path;
    throw new FactoryError("settings-invalid", `TRIVY=${named} is not a program`, {
      hint: "Correct or unset TRIVY.",
    });
  }
  const candidates = [
    findProgram("trivy", deps.env),
    join(deps.workDir, "bin/trivy"),
    join(deps.root ?? ownRoot, ".factory/bin/trivy"),
  ];
  const found = candidates.find((candidate) => candidate !== undefined && isProgram(candidate));
  if (found !== undefined) return found;
  throw new FactoryError(
    "machine-lacks",
    "there is no Trivy: not in TRIVY, not on PATH, not in .factory/bin",
    {
      hint: "npm run setup installs one.",
    },
  );
}

async function examine(path: string, run: Run): Promise<Trivy> {
  const [said, help] = await Promise.all([
    run({ tool: path, args: ["--version"], timeoutMs: 60_000 }),
    run({ tool: path, args: ["image", "--help"], timeoutMs: 60_000 }),
  ]);
  const version = parseVersion(said.stdout);
  return { path, version, flags: flagsOf(version, help.stdout) };
}

/** `Version: 0.74.0`; a build without a stamp says `Version: dev`. */
export function parseVersion(said: string): string | undefined {
  const word = /^Version:\s*v?(\S+)/m.exec(said)?.[1];
  return word === undefined || semver().valid(word) === null ? undefined : word;
}

/**
 * Reads the flags off the help text, which lists every one that is known, except that it lists `--cache-backend` without
 * its values: a Trivy without a version is taken to know "memory" when it knows a flag that is younger.
 */
export function flagsOf(version: string | undefined, help: string): readonly TrivyFlag[] {
  const listed = (flag: TrivyFlag) => new RegExp(`^\\s+${flag}\\b`, "m").test(help);
  const knowsMemory =
    version === undefined ? listed("--skip-version-check") : semver().gte(version, memoryCacheSince);
  return optionalFlags.filter((flag) => listed(flag) && (flag !== "--cache-backend" || knowsMemory));
}
