import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BuildHost, probeHost } from "../../src/build/host.ts";
import { run } from "../../src/run.ts";

const root = join(import.meta.dirname, "../..");
let top: string;
let workDir: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "host-"));
  workDir = join(top, "work");
  mkdirSync(workDir);
});

afterEach(async () => {
  await run({ tool: "rm", args: ["-rf", top] });
});

test("a step has really run with what is found, nothing of the try is left, and it is not tried twice", async () => {
  const host = await probeHost({ run, workDir, env: process.env });
  expect(host).toMatchObject({
    storageDriver: expect.stringMatching(/^(overlay|vfs)$/),
    rootless: process.getuid?.() !== 0,
  });
  expect(host.buildahVersion).toMatch(/^\d+\.\d+/);
  expect(readdirSync(join(workDir, "cache"))).toEqual(["build-host.json"]);
  expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(top);

  const again = await probeHost({
    run: () => Promise.reject(new Error("a process was started")),
    workDir,
    env: process.env,
  });
  expect(again).toEqual(host);
});

test("another set of tools is tried out anew", async () => {
  await probeHost({ run, workDir, env: process.env });
  const bin = join(top, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "runc"), "#!/bin/sh\nexit 1\n");
  chmodSync(join(bin, "runc"), 0o755);
  // The broken runc is found first, and buildah itself is the same: only another way can have worked.
  const host = await probeHost({ run, workDir, env: { PATH: `${bin}:${process.env["PATH"]}` } });
  expect(host.isolation).not.toEqual({ kind: "oci", runtime: join(bin, "runc") });
});

test("without buildah the remedy is named", async () => {
  await expect(probeHost({ run, workDir, env: { PATH: top } })).rejects.toMatchObject({
    code: "machine-lacks",
    hint: expect.stringContaining("npm run setup"),
  });
});

const isRoot = process.getuid?.() === 0;

/** What `probeHost` says to a user that exists in this mount namespace alone, with or without ranges of ids. */
async function asUser(
  ranges: string,
): Promise<BuildHost | { readonly code: string; readonly problems: readonly string[] }> {
  const user = "4242";
  const clone = join(top, "clone");
  mkdirSync(clone);
  chmodSync(top, 0o755);
  for (const file of ["subuid", "subgid"]) writeFileSync(join(top, file), ranges);
  writeFileSync(
    join(top, "passwd"),
    `${readFileSync("/etc/passwd", "utf8")}probe:x:${user}:${user}::${workDir}:/bin/sh\n`,
  );
  writeFileSync(
    join(top, "probe.mjs"),
    `const { probeHost } = await import("${clone}/src/build/host.ts");
     const { run } = await import("${clone}/src/run.ts");
     const print = (value) => console.log(JSON.stringify(value));
     await probeHost({ run, workDir: ${JSON.stringify(workDir)}, env: process.env })
       .then(print, ({ code, problems }) => print({ code, problems }));`,
  );
  await run({ tool: "chown", args: ["-R", `${user}:${user}`, workDir] });
  const script = [
    `mount --bind ${root} ${clone}`,
    ...["subuid", "subgid", "passwd"].map((file) => `mount --bind ${join(top, file)} /etc/${file}`),
    `exec setpriv --reuid=${user} --regid=${user} --clear-groups env HOME=${workDir} ${join(clone, "node_modules/.bin/node")} ${join(top, "probe.mjs")}`,
  ];
  const { stdout } = await run({ tool: "unshare", args: ["--mount", "sh", "-euc", script.join("\n")] });
  return JSON.parse(stdout);
}

test.runIf(isRoot)("a user with ranges of ids builds without root", async () => {
  expect(await asUser("probe:100000:65536\n")).toMatchObject({
    rootless: true,
    isolation: { kind: expect.any(String) },
  });
});

test.runIf(isRoot)("a user without ranges of ids is told each way that was tried", async () => {
  const failure = await asUser("");
  expect(failure).toMatchObject({ code: "machine-lacks" });
  expect("problems" in failure && failure.problems.length).toBeGreaterThanOrEqual(2);
});
