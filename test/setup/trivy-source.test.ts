import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { ownRoot } from "../../src/setup/needs.ts";

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "trivy-source-"));
  cpSync(join(ownRoot, "builder/trivy"), join(top, "src"), { recursive: true });
  for (const name of ["bin", "fetched/bin"]) mkdirSync(join(top, name), { recursive: true });
});

afterEach(() => rmSync(top, { recursive: true }));

function program(path: string, text: string): void {
  writeFileSync(join(top, path), `#!/bin/sh\n${text}\n`);
  chmodSync(join(top, path), 0o755);
}

/** The Go that go.mod asks for: it writes what it was told where it was told to. */
function fetchedGo(version: string): void {
  program(
    "fetched/bin/go",
    `case $1 in
list) echo ${version} ;;
build) printf '%s %s %s' "$GOEXPERIMENT" "$GOTOOLCHAIN" "$*" >"$3" ;;
esac`,
  );
}

const build = () =>
  run({
    tool: "sh",
    args: [join(top, "src/build.sh"), join(top, "trivy")],
    env: { PATH: `${join(top, "bin")}:/usr/bin:/bin`, GOTOOLCHAIN: "auto" },
    alsoOk: [78],
  });

test("an older Go fetches the one that builds, and never hears of an experiment that it would die of", async () => {
  program("bin/go", `[ -z "$GOEXPERIMENT" ] || exit 2\n[ "$GOTOOLCHAIN" = auto ] && echo ${top}/fetched`);
  fetchedGo("v0.74.0");
  await build();
  expect(readFileSync(join(top, "trivy"), "utf8")).toMatch(/^jsonv2 local build .*app\.ver=0\.74\.0 /);
});

test.each(["v0.69.4", "v0.69.5", "v0.69.6"])("the malicious Trivy %s is not built", async (version) => {
  program("bin/go", `echo ${top}/fetched`);
  fetchedGo(version);
  const { exitCode, stderr } = await build();
  expect([exitCode, stderr]).toEqual([78, expect.stringContaining("CVE-2026-33634")]);
  expect(() => readFileSync(join(top, "trivy"))).toThrow("ENOENT");
});
