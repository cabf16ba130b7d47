import { expect, test } from "vitest";
import { composeAptRoot } from "../../../src/source/debian/apt-root-recipe.ts";
import { sourcesInside } from "../../../src/source/debian/apt-sources.ts";
import { debianPackages } from "../../../src/source/debian/packages.ts";
import type { TarEntry } from "../../../src/source/debian/tar-entry.ts";

const owner = { mode: 0o644, uid: 0, gid: 0 };
const file = (path: string, text = path): TarEntry => ({
  ...owner,
  kind: "file",
  path,
  content: Buffer.from(text),
});
const folder = (path: string): TarEntry => ({ ...owner, mode: 0o755, kind: "directory", path });

const kept = [
  "etc",
  "etc/passwd",
  "usr/bin/apt",
  "usr/share/doc/apt/copyright",
  "var/lib/dpkg/status",
  "var/log",
];
const machine = [
  "etc/hostname",
  "etc/resolv.conf",
  "etc/apt/sources.list",
  "etc/apt/sources.list.d/0000copy.list",
  "run/lock/x",
  "tmp/x",
];
const changing = [
  "etc/passwd-",
  "var/cache/apt/pkgcache.bin",
  "var/cache/ldconfig/aux-cache",
  "var/cache/debconf/templates.dat-old",
  "var/lib/apt/lists/x_Packages",
  "var/lib/apt/extended_states",
  "var/lib/dpkg/status-old",
  "usr/share/man/man1/ls.1.gz",
];

function compose(paths: readonly string[]) {
  const entries = paths.map((path) => (path === "etc" || path === "var/log" ? folder(path) : file(path)));
  return composeAptRoot(entries, "Types: deb\n");
}

test("a root with apt keeps what packages are, and nothing of the machine or of this run of apt", () => {
  const paths = compose([...kept, ...machine, ...changing]).map(({ path }) => path);
  expect(paths).toEqual(
    [
      ...kept,
      "dev",
      "etc/apt/sources.list.d/debian.sources",
      "etc/dpkg/dpkg.cfg.d/without-documentation",
    ].sort(),
  );
});

test("logs and the machine's id are there, and empty", () => {
  const entries = compose(["etc/machine-id", "var/log/dpkg.log"]);
  for (const path of ["etc/machine-id", "var/log/dpkg.log"]) {
    const entry = entries.find((one) => one.path === path);
    expect(entry?.kind === "file" && entry.content).toEqual(Buffer.alloc(0));
  }
});

test("apt inside asks Debian's own address unless a mirror is named, and only for suites that there are", () => {
  const without = sourcesInside("trixie", undefined, ["main"], ["trixie", "trixie-security"]);
  expect(without.match(/^(?:URIs|Suites): .*$/gm)).toEqual([
    "URIs: http://deb.debian.org/debian",
    "Suites: trixie",
    "URIs: http://deb.debian.org/debian-security",
    "Suites: trixie-security",
  ]);
  const named = sourcesInside("sid", "https://mirror.example.org/debian", ["main", "contrib"], ["sid"]);
  expect(named).toContain("URIs: https://mirror.example.org/debian\n");
  expect(named).toContain("Components: main contrib\n");
});

test("the identity of a root with apt is another than that of the same packages unpacked, and knows its sources", () => {
  const sha256 = "0".repeat(64);
  const one = { name: "apt", version: "3.0", architecture: "amd64", uri: "u", sha256, size: 1 };
  const ids = [undefined, "a", "b"].map(
    (sources) => debianPackages("trixie", "linux/amd64", [one], sources).id,
  );
  expect(new Set(ids).size).toBe(3);
});
