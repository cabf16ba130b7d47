import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { hostPlatform } from "../../src/platform.ts";
import type { Run } from "../../src/run.ts";
import {
  type DoctorProps,
  describeProxies,
  examine,
  type Finding,
  formatFindings,
  judgeDisk,
  wouldBuild,
} from "../../src/setup/doctor.ts";

let workDir: string;

beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), "doctor-"));
});

afterEach(() => rmSync(workDir, { recursive: true }));

/** A machine without any of the tools. */
const bare: Run = async ({ tool }) => {
  throw new FactoryError("machine-lacks", `cannot start ${tool}: not found`, { hint: "npm run setup" });
};

function props(given: Partial<DoctorProps>): DoctorProps {
  return {
    platforms: [hostPlatform()],
    repositories: [],
    checkPush: async () => undefined,
    describeCredentials: async () => undefined,
    presentDatabase: async () => undefined,
    workDir,
    env: { PATH: "/nowhere" },
    run: bare,
    now: new Date("2026-11-21T12:00:00Z"),
    ...given,
  };
}

async function about(topic: string, given: Partial<DoctorProps>): Promise<readonly Finding[]> {
  return (await examine(props(given))).filter((finding) => finding.topic === topic);
}

test("each finding is one line in columns, with its remedy at the end", () => {
  const text = formatFindings([
    { verdict: "ok", topic: "git", saw: "2.39.5" },
    { verdict: "lacks", topic: "buildah", saw: "none on PATH", remedy: "npm run setup" },
  ]);
  expect(text).toBe("ok     git      2.39.5\nlacks  buildah  none on PATH → npm run setup\n");
});

test("what is merely worth knowing does not keep a build from working", () => {
  const ok: Finding = { verdict: "ok", topic: "git", saw: "2.39.5" };
  expect(wouldBuild([ok, { verdict: "note", topic: "disk", saw: "5 GiB" }])).toBe(true);
  expect(wouldBuild([ok, { verdict: "lacks", topic: "disk", saw: "0 GiB" }])).toBe(false);
});

test("on a bare machine every tool is missing, each with a remedy, and nothing is thrown", async () => {
  const findings = await examine(props({}));
  const missing = findings.filter(({ verdict }) => verdict === "lacks");
  expect(missing.map(({ topic }) => topic)).toEqual(["buildah", hostPlatform(), "git", "trivy"]);
  expect(missing.filter(({ remedy }) => remedy === undefined)).toEqual([]);
  expect(wouldBuild(findings)).toBe(false);
});

test("each registry is asked for every repository that is enrolled in it, once", async () => {
  const asked: string[] = [];
  const repositories = [
    { registry: "r.example", path: "a" },
    { registry: "r.example", path: "b" },
    { registry: "r.example", path: "a" },
    { registry: "s.example", path: "c" },
  ];
  const checkPush: DoctorProps["checkPush"] = async ({ registry, path }) =>
    void asked.push(`${registry}/${path}`);
  expect(await about("registry", { repositories, checkPush })).toEqual([
    { verdict: "ok", topic: "registry", saw: "r.example: reachable, and writable for a and 1 more" },
    { verdict: "ok", topic: "registry", saw: "s.example: reachable, and writable for c" },
  ]);
  expect(asked).toEqual(["r.example/a", "r.example/b", "s.example/c"]);
});

test("a registry that refuses a push is a lack, with what it said and the remedy", async () => {
  const repositories = [{ registry: "r.example", path: "a" }];
  const checkPush = async () => {
    throw new FactoryError("credentials-invalid", "r.example: POST a: 403", {
      hint: "Log in with podman login r.example.",
    });
  };
  expect(await about("registry", { repositories, checkPush })).toEqual([
    {
      verdict: "lacks",
      topic: "registry",
      saw: "r.example: POST a: 403",
      remedy: "Log in with podman login r.example.",
    },
  ]);
});

test("credentials are described for each registry, and their absence is only noted", async () => {
  const repositories = ["r.example", "s.example"].map((registry) => ({ registry, path: "a" }));
  const describeCredentials = async (registry: string) =>
    registry === "r.example" ? "user robot" : undefined;
  expect(
    (await about("credentials", { repositories, describeCredentials })).map(({ verdict, saw }) => [
      verdict,
      saw,
    ]),
  ).toEqual([
    ["ok", "r.example: user robot"],
    ["note", "s.example: none, it is spoken to without"],
  ]);
});

test.each([
  ["2026-11-21T00:00:00.000Z", "ok", "12 h ago"],
  ["2026-11-01T12:00:00.000Z", "note", "480 h ago"],
])("an advisory database made %s is %s", async (updatedAt, verdict, age) => {
  const [finding] = await about("database", { presentDatabase: async () => ({ updatedAt }) });
  expect(finding).toMatchObject({ verdict, saw: expect.stringContaining(age) });
});

test("a database that nobody has fetched yet is no lack", async () => {
  expect(await about("database", {})).toMatchObject([{ verdict: "note", saw: "no advisory database yet" }]);
});

test("a bug in a check is not taken for a finding", async () => {
  const checkPush = async () => {
    throw new TypeError("x is not a function");
  };
  await expect(examine(props({ repositories: [{ registry: "r", path: "a" }], checkPush }))).rejects.toThrow(
    TypeError,
  );
});

test.each([
  [20, "ok"],
  [5, "note"],
  [0.5, "lacks"],
])("%d GiB of free disk: %s", (gibibytes, verdict) => {
  expect(judgeDisk(gibibytes * 1024 ** 3, "/w").verdict).toBe(verdict);
});

test("proxies are shown without their passwords", () => {
  expect(
    describeProxies({ HTTPS_PROXY: "http://me:s3cret@proxy:3128", no_proxy: "localhost", NO_PROXY: "" }),
  ).toMatchObject({
    verdict: "note",
    saw: "HTTPS_PROXY=http://***@proxy:3128 no_proxy=localhost",
  });
  expect(describeProxies({})).toMatchObject({ verdict: "ok", saw: "none" });
});

test("an emulator that is there but not registered is no lack to root, who gets it registered by a build", async () => {
  const foreign = hostPlatform() === "linux/amd64" ? "linux/arm64" : "linux/amd64";
  const run: Run = async ({ tool }) => {
    throw new FactoryError("tool-failed", `${tool} exited with 126`);
  };
  const bin = join(workDir, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, foreign === "linux/arm64" ? "qemu-aarch64-static" : "qemu-x86_64-static"), "", {
    mode: 0o755,
  });
  const given = { run, platforms: [foreign] as const };
  expect(await about(foreign, { ...given, uid: 0, env: { PATH: bin } })).toMatchObject([{ verdict: "note" }]);
  expect(await about(foreign, { ...given, uid: 1000, env: { PATH: bin } })).toMatchObject([
    { verdict: "lacks" },
  ]);
  expect(await about(foreign, { ...given, uid: 0 })).toMatchObject([{ verdict: "lacks" }]);
});

test("the registry that a build starts is no lack while it does not run, unless its program is missing", async () => {
  const bin = join(workDir, "bin");
  mkdirSync(bin);
  const given = {
    repositories: [{ registry: "factory.localhost", path: "hello" }],
    idleRegistry: "factory.localhost",
    env: { PATH: bin },
    checkPush: () => Promise.reject(new Error("it was asked")),
  };
  expect(await about("registry", given)).toMatchObject([{ verdict: "lacks", remedy: "npm run setup" }]);
  writeFileSync(join(bin, "docker-registry"), "", { mode: 0o755 });
  expect(await about("registry", given)).toMatchObject([{ verdict: "note", remedy: "a build starts it" }]);
});
