import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { ensureTools, type Need, type SetupDeps } from "../../src/setup/needs.ts";
import { type Clone, makeClone } from "./clone.ts";

let clone: Clone;
let said: string[];
let path: string | undefined;

beforeEach(() => {
  clone = makeClone();
  said = [];
  path = process.env["PATH"];
  process.env["PATH"] = clone.bin;
});

afterEach(() => {
  process.env["PATH"] = path;
  clone.remove();
});

function deps(env: Readonly<Record<string, string>> = {}): SetupDeps {
  return { run, env, root: clone.dir, log: (event) => said.push("text" in event ? event.text : event.kind) };
}

test("asking for what is there says nothing", async () => {
  clone.give("git");
  await ensureTools(["git"], deps());
  await ensureTools([], deps());
  expect(said).toEqual([]);
});

test("no process is started where everything is on PATH", async () => {
  for (const program of ["git", "buildah", "newuidmap", "unshare", "crun"]) clone.give(program);
  const started: string[] = [];
  const noting: SetupDeps["run"] = async ({ tool }) => {
    started.push(tool);
    return { exitCode: 69, stdout: "", stderr: "set-up: not here" };
  };
  const looking = { ...deps({ PATH: clone.bin }), run: noting };
  await ensureTools(["git", "buildah", "runc"], looking);
  expect(started).toEqual([]);
  await expect(ensureTools(["git", "skopeo"], looking)).rejects.toMatchObject({ code: "tools-missing" });
  expect(started).toEqual(["sh"]);
});

test("what is missing is installed, and who waits is told what", async () => {
  for (const program of ["apt-get", "dpkg"]) clone.give(program);
  clone.give("id", "echo 0");
  const installs =
    'echo "Reading package lists..."; echo "Setting up git (1:2.39) ..."; ln -s /bin/true "$PATH/git"\n';
  writeFileSync(join(clone.dir, "src/setup/apt.sh"), installs);
  await ensureTools(["git"], deps());
  expect(said).toEqual([
    "set-up: installing the Debian packages git ca-certificates",
    "set-up: git (1:2.39)",
  ]);
  expect(readFileSync(join(clone.dir, ".factory/logs/set-up.log"), "utf8")).toContain(
    "Reading package lists...",
  );
});

test("what cannot be installed is an error that names the packages", async () => {
  const needs: readonly Need[] = ["git", "mmdebstrap"];
  await expect(ensureTools(needs, deps())).rejects.toMatchObject({
    code: "tools-missing",
    message: expect.stringContaining("apk add git mmdebstrap"),
  });
});

test("in a container of ours nothing is installed", async () => {
  for (const program of ["apt-get", "dpkg"]) clone.give(program);
  await expect(ensureTools(["git"], deps({ FACTORY_BUILDER: "1" }))).rejects.toMatchObject({
    code: "tools-missing",
  });
  expect(clone.calls()).toEqual([]);
});

test("packages that could not be fetched may be tried again", async () => {
  for (const program of ["apt-get", "dpkg"]) clone.give(program);
  clone.give("id", "echo 0");
  writeFileSync(join(clone.dir, "src/setup/apt.sh"), "echo 'E: Failed to fetch' >&2; exit 100\n");
  await expect(ensureTools(["git"], deps())).rejects.toMatchObject({ code: "tool-failed", exitStatus: 75 });
  expect(existsSync(join(clone.dir, ".factory/logs/set-up.log"))).toBe(true);
});
