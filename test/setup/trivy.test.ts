import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { flagsOf, locateTrivy, parseVersion, type TrivyDeps } from "../../src/setup/trivy.ts";

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "trivy-"));
  mkdirSync(join(top, "bin"));
});

afterEach(() => rmSync(top, { recursive: true }));

const youngHelp =
  "      --cache-backend string\n      --disable-telemetry   x\n      --skip-version-check   y\n";
const oldHelp = "      --cache-backend string   cache backend\n";

function trivyAt(path: string, version: string, help = youngHelp): string {
  const file = join(top, path);
  mkdirSync(dirname(file), { recursive: true });
  const calls = join(top, "calls");
  writeFileSync(
    file,
    `#!/bin/sh\necho "$*" >>${calls}\nif [ "$1" = --version ]; then echo "Version: ${version}"; else printf '%s' '${help}'; fi\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

function deps(env: Readonly<Record<string, string>> = {}): TrivyDeps {
  return {
    workDir: join(top, "work"),
    root: join(top, "clone"),
    env: { PATH: `${join(top, "bin")}:/usr/bin:/bin`, ...env },
    run,
  };
}

test("TRIVY goes before PATH, PATH before what set-up has put there", async () => {
  const ofSetUp = trivyAt("clone/.factory/bin/trivy", "0.70.0");
  expect((await locateTrivy(deps())).path).toBe(ofSetUp);
  const onPath = trivyAt("bin/trivy", "0.71.0");
  expect((await locateTrivy(deps())).path).toBe(onPath);
  const named = trivyAt("opt/trivy", "0.72.0");
  expect(await locateTrivy(deps({ TRIVY: named }))).toEqual({
    path: named,
    version: "0.72.0",
    flags: ["--disable-telemetry", "--skip-version-check", "--cache-backend"],
  });
});

test("another work folder's Trivy is found, and one that is not there is named with the remedy", async () => {
  await expect(locateTrivy(deps())).rejects.toMatchObject({
    code: "machine-lacks",
    hint: expect.stringContaining("npm run setup"),
  });
  const own = trivyAt("work/bin/trivy", "dev", oldHelp);
  expect(await locateTrivy(deps())).toEqual({ path: own, version: undefined, flags: [] });
});

test("TRIVY that names no program is a wrong setting", async () => {
  trivyAt("bin/trivy", "0.71.0");
  await expect(locateTrivy(deps({ TRIVY: join(top, "no-such") }))).rejects.toMatchObject({
    code: "settings-invalid",
  });
});

test.each(["0.69.4", "0.69.5", "0.69.6"])("the malicious release %s is refused by name", async (version) => {
  trivyAt("bin/trivy", version);
  const refusal = { code: "settings-invalid", message: expect.stringContaining(`Trivy ${version}`) };
  await expect(locateTrivy(deps())).rejects.toMatchObject(refusal);
  await expect(locateTrivy(deps())).rejects.toMatchObject(refusal);
});

test("a Trivy is asked what it can do once, and again when its file has changed", async () => {
  trivyAt("bin/trivy", "0.71.0");
  await locateTrivy(deps());
  await locateTrivy(deps());
  const asked = () => readFileSync(join(top, "calls"), "utf8").trim().split("\n").sort();
  expect(asked()).toEqual(["--version", "image --help"]);
  trivyAt("bin/trivy", "0.71.0-rc.12");
  expect((await locateTrivy(deps())).version).toBe("0.71.0-rc.12");
});

test.each([
  ["Version: 0.74.0\nVulnerability DB:\n  Version: 2\n", "0.74.0"],
  ["Version: v0.74.0\n", "0.74.0"],
  ["Version: dev\n", undefined],
  ["", undefined],
])("of %j the version is %s", (said, version) => {
  expect(parseVersion(said)).toBe(version);
});

test.each([
  ["0.74.0", youngHelp, ["--disable-telemetry", "--skip-version-check", "--cache-backend"]],
  ["0.60.0", oldHelp, ["--cache-backend"]],
  ["0.56.2", oldHelp, []],
  [undefined, oldHelp, []],
  [undefined, youngHelp, ["--disable-telemetry", "--skip-version-check", "--cache-backend"]],
])("the flags of version %s are those of its help, a cache in memory by its age", (version, help, flags) => {
  expect(flagsOf(version, help)).toEqual(flags);
});
