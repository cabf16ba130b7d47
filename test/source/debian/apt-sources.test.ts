import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  archivesOf,
  formatSources,
  parseDeb822Sources,
  parseOneLineSources,
} from "../../../src/source/debian/apt-sources.ts";
import { readMachineSources } from "../../../src/source/debian/machine-sources.ts";

const deb822 = `Types: deb deb-src
URIs: http://mirror.example/debian/
# a comment between fields
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: trixie
Components: main
`;

test("deb822 stanzas are read with comments and continued fields; disabled and source ones do not count", () => {
  expect(parseDeb822Sources(deb822)).toEqual([
    {
      uris: ["http://mirror.example/debian/"],
      suites: ["bookworm", "bookworm-updates"],
      components: ["main", "contrib"],
    },
    {
      uris: ["http://security.example/debian-security"],
      suites: ["bookworm-security"],
      components: ["main"],
    },
  ]);
});

test("one-line sources are read with options and comments", () => {
  const text = `# deb http://no.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main contrib # here
deb-src http://a.example/debian bookworm main
  deb http://b.example/flat ./
nonsense
`;
  expect(parseOneLineSources(text)).toEqual([
    { uris: ["http://a.example/debian"], suites: ["bookworm"], components: ["main", "contrib"] },
    { uris: ["http://b.example/flat"], suites: ["./"], components: [] },
  ]);
});

test("another suite comes from the machine's archive, and its security updates from the machine's for those", () => {
  expect(archivesOf("trixie", undefined, parseDeb822Sources(deb822))).toEqual([
    { uri: "http://mirror.example/debian", suite: "trixie", optional: false },
    { uri: "http://mirror.example/debian", suite: "trixie-updates", optional: true },
    { uri: "http://security.example/debian-security", suite: "trixie-security", optional: true },
  ]);
});

test("archives of others are not taken for Debian's", () => {
  const machine = parseOneLineSources(`deb https://others.example/node nodistro main
deb https://others.example/sql bookworm-pgdg main
deb https://others.example/linux/debian bookworm stable
`);
  expect(archivesOf("trixie", undefined, machine)[0].uri).toBe("https://deb.debian.org/debian");
});

test("an archive called debian goes before one with a suite of the same name", () => {
  const machine = parseOneLineSources(`deb https://others.example/php bookworm main
deb https://mirror.example/debian bookworm main
`);
  expect(archivesOf("trixie", undefined, machine)[0].uri).toBe("https://mirror.example/debian");
});

test.each([
  ["https://m.example/debian/", "https://m.example/debian-security"],
  ["https://m.example/debian/mirrors/debian", "https://m.example/debian/mirrors/debian-security"],
  [
    "https://snapshot.example/archive/debian/20260101T000000Z",
    "https://snapshot.example/archive/debian-security/20260101T000000Z",
  ],
  ["https://m.example/repository/deb", "https://m.example/repository/deb-security"],
])("the security updates of the mirror %s are at %s", (mirror, security) => {
  const machine = parseDeb822Sources(deb822);
  expect(archivesOf("trixie", mirror, machine).map(({ uri }) => uri)).toEqual([
    mirror.replace(/\/$/, ""),
    mirror.replace(/\/$/, ""),
    security,
  ]);
});

test("an archive of a fixed day does not expire, others do", () => {
  const [archive] = archivesOf("trixie", "https://s.example/debian/20260101T000000Z", []);
  expect(formatSources([archive], ["main", "contrib"], "/k.gpg")).toBe(`Types: deb
URIs: https://s.example/debian/20260101T000000Z
Suites: trixie
Components: main contrib
Signed-By: /k.gpg
Check-Valid-Until: no
`);
  const [living] = archivesOf("trixie", "https://m.example/debian", []);
  expect(formatSources([living], ["main"], "/k.gpg")).not.toContain("Check-Valid-Until");
});

test("the machine's sources are read from all its files, and a list of mirrors stands for its first", async () => {
  const dir = await mkdtemp(join(tmpdir(), "apt-sources-"));
  try {
    await mkdir(join(dir, "sources.list.d"));
    await writeFile(
      join(dir, "mirrors"),
      "# near\nhttps://near.example/debian priority:1\nhttps://far.example/\n",
    );
    await writeFile(join(dir, "sources.list"), "deb http://one.example/debian bookworm main\n");
    await writeFile(
      join(dir, "sources.list.d", "debian.sources"),
      `Types: deb\nURIs: mirror+file://${dir}/mirrors\nSuites: trixie\nComponents: main\n`,
    );
    await writeFile(
      join(dir, "sources.list.d", "old.list.save"),
      "deb http://old.example/debian trixie main\n",
    );
    expect((await readMachineSources(dir)).map(({ uris }) => uris)).toEqual([
      ["http://one.example/debian"],
      ["https://near.example/debian"],
    ]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("a machine without apt has no sources", async () => {
  expect(await readMachineSources("/nonexistent/etc/apt")).toEqual([]);
});
