import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { ownRoot, type SetupDeps } from "./needs.ts";
import { findProgram } from "./programs.ts";

const passedOn = [
  "GOCACHE",
  "GOINSECURE",
  "GOMAXPROCS",
  "GOMODCACHE",
  "GONOPROXY",
  "GONOSUMDB",
  "GOPATH",
  "GOPRIVATE",
  "GOPROXY",
  "GOSUMDB",
];

/** So often does a build of some 2,000 Go packages say how far it is. */
const packagesPerNote = 250;

/**
 * Builds the Trivy that builder/trivy/go.mod pins and puts it where set-up puts one, in place of an older build.
 * @throws FactoryError "machine-lacks" without Go 1.26.
 */
export async function buildTrivy(deps: SetupDeps): Promise<void> {
  await demandGo(deps);
  const root = deps.root ?? ownRoot;
  const logFile = join(root, ".factory/logs/trivy-build.log");
  mkdirSync(join(root, ".factory/logs"), { recursive: true });
  mkdirSync(join(root, ".factory/bin"), { recursive: true });
  deps.log({
    kind: "note",
    text: "set-up: building Trivy from its source; nine minutes on two cores the first time",
  });
  let packages = 0;
  await deps.run({
    tool: "sh",
    args: [join(root, "builder/trivy/build.sh"), join(root, ".factory/bin/trivy"), "-v"],
    env: Object.fromEntries(
      passedOn
        .map((name) => [name, deps.env[name]])
        .filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
    logFile,
    onLine: () => {
      packages += 1;
      if (packages % packagesPerNote === 0)
        deps.log({ kind: "note", text: `set-up: ${packages} packages compiled` });
    },
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  deps.log({ kind: "note", text: "set-up: .factory/bin/trivy is the current release" });
}

async function demandGo(deps: SetupDeps): Promise<void> {
  const hint =
    "Install Go 1.26 or later and put it on PATH; or leave TRIVY=source out and keep the older build.";
  if (findProgram("go", deps.env) === undefined) {
    throw new FactoryError("machine-lacks", "building Trivy needs Go 1.26, and there is no go on PATH", {
      hint,
    });
  }
  const { stdout } = await deps.run({
    tool: "go",
    args: ["env", "GOVERSION"],
    env: { GOTOOLCHAIN: "local" },
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) === 1 && Number(minor) < 26) {
    throw new FactoryError("machine-lacks", `building Trivy needs Go 1.26, and this is ${stdout.trim()}`, {
      hint,
    });
  }
}
