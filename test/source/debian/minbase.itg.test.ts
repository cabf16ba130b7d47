import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostPlatform } from "../../../src/platform.ts";
import { run } from "../../../src/run.ts";
import { resolveDebian } from "../../../src/source/debian/resolve.ts";
import { buildDebianRoot } from "../../../src/source/debian/root.ts";

let home: string;
let root: string;
const platform = hostPlatform();
const asked: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "minbase-"));
  root = join(home, "root");
  mkdirSync(root);
  const door = {
    run,
    log: () => {},
    workDir: join(home, "work"),
    mirror: undefined,
    ensureEmulation: async (of: string) => {
      asked.push(of);
    },
  };
  const source = {
    kind: "debian",
    suite: "trixie",
    variant: "minbase",
    components: ["main"],
    packages: ["tini"],
    mirror: undefined,
  } as const;
  const packages = await resolveDebian(source, platform, door);
  await buildDebianRoot(packages, door, join(home, "root.tar"));
  execFileSync("tar", ["--numeric-owner", "-xf", join(home, "root.tar"), "-C", root]);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const inRoot = (...command: readonly string[]) =>
  execFileSync("chroot", [root, ...command], {
    encoding: "utf8",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });

test.runIf(process.getuid?.() === 0)(
  "every package is configured, and apt takes the root for a whole system",
  () => {
    expect(inRoot("dpkg", "--audit")).toBe("");
    const states = inRoot("dpkg-query", "-W", "-f", "${Package}:${db:Status-Status}\n").trim().split("\n");
    expect(states.filter((line) => !line.endsWith(":installed"))).toEqual([]);
    expect(states).toEqual(expect.arrayContaining(["apt:installed", "dpkg:installed", "tini:installed"]));
    expect(inRoot("apt-get", "--simulate", "dist-upgrade")).toMatch(/^0 upgraded, 0 newly installed/m);
  },
);

test("nothing of this machine is in it, and all is of one time", () => {
  const listing = execFileSync("tar", ["--full-time", "-tvf", join(home, "root.tar")], { encoding: "utf8" });
  const times = listing
    .trim()
    .split("\n")
    .map((line) => /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(line)?.[0]);
  expect(new Set(times).size).toBe(1);
  const names = execFileSync("tar", ["-tf", join(home, "root.tar")], { encoding: "utf8" }).split("\n");
  const machine = /^(?:etc\/(?:hostname|resolv\.conf|apt\/sources\.list)|var\/lib\/apt\/lists\/.+)$/;
  expect(names.filter((name) => machine.test(name))).toEqual([]);
  const sources = readFileSync(join(root, "etc/apt/sources.list.d/debian.sources"), "utf8");
  expect(sources.match(/^URIs: .*$/gm)?.[0]).toBe("URIs: http://deb.debian.org/debian");
  const status = readFileSync(join(root, "var/lib/dpkg/status"), "utf8");
  expect(status).not.toContain(hostname());
  expect(asked).toEqual([platform]);
});
