import { expect, test } from "vitest";
import { parseContents } from "../../../src/source/debian/deb-contents.ts";
import { lastWords, parseMisses } from "../../../src/source/debian/fetch-files.ts";
import { type DebianPackage, debianPackages, parsePrintedUris } from "../../../src/source/debian/packages.ts";

const hash = "a8902cb6d8650134764a25fb80aec8589d858ef71ece1680a62e84816c37bb04";
const printed = `Reading package lists...
The following NEW packages will be installed:
  busybox dash
'http://m.example/debian/pool/main/b/busybox/busybox_1.37.0-6%2bb9_amd64.deb' busybox_1%3a1.37.0-6+b9_amd64.deb 484988 SHA256:${hash}
'http://m.example/debian/pool/main/d/dash/dash_0.5.12-12_amd64.deb' dash_0.5.12-12_amd64.deb 98504 SHA256:${hash}
'http://m.example/debian/pool/main/d/weak/weak_1_amd64.deb' weak_1_amd64.deb 1 MD5Sum:0123
`;

test("what apt would fetch is read with the version's epoch, and without what has no SHA256", () => {
  expect(parsePrintedUris(printed)).toEqual([
    {
      name: "busybox",
      version: "1:1.37.0-6+b9",
      architecture: "amd64",
      uri: "http://m.example/debian/pool/main/b/busybox/busybox_1.37.0-6%2bb9_amd64.deb",
      sha256: hash,
      size: 484988,
    },
    expect.objectContaining({ name: "dash", version: "0.5.12-12" }),
  ]);
});

const list = parsePrintedUris(printed);
const idOf = (packages: readonly DebianPackage[], suite = "trixie") =>
  debianPackages(suite, "linux/amd64", packages).id;

test("the identity of a root does not depend on order, mirror or the name of the suite", () => {
  const elsewhere = list.map((one) => ({ ...one, uri: `https://other.example/${one.name}.deb` }));
  expect(idOf(elsewhere.toReversed(), "stable")).toBe(idOf(list));
});

test.each<[string, Partial<DebianPackage>]>([
  ["name", { name: "other" }],
  ["version", { version: "2" }],
  ["architecture", { architecture: "arm64" }],
  ["hash", { sha256: "0".repeat(64) }],
])("the %s of any package is part of the identity of a root", (_, change) => {
  const [first, ...rest] = list;
  expect(idOf([{ ...(first as DebianPackage), ...change }, ...rest])).not.toBe(idOf(list));
});

test("paths of a package are read with links, escapes and names that have spaces", () => {
  expect(
    parseContents(`drwxr-xr-x root/root         0 2025-02-04 13:14 ./
drwxr-xr-x root/root         0 2025-02-04 13:14 ./usr/
-rwsr-xr-- root/messagebus 51272 2025-02-04 13:14 ./usr/lib/a program
lrwxrwxrwx root/root         0 2025-02-04 13:14 ./usr/bin/sh -> dash
hrwxr-xr-x root/root         0 2025-02-04 13:14 ./usr/bin/perl5.40.1 link to ./usr/bin/perl
-rw-r--r-- root/root      1460 2025-02-04 13:14 ./usr/share/F\\305\\221tan\\\\x.crt
crw-rw-rw- root/root       1,3 2025-02-04 13:14 ./dev/null
`),
  ).toEqual([
    "usr",
    "usr/lib/a program",
    "usr/bin/sh",
    "usr/bin/perl5.40.1",
    "usr/share/F\xc5\x91tan\\x.crt",
    "dev/null",
  ]);
});

test("an archive's no is told from a network's", () => {
  const said = `E: Failed to fetch http://m.example/dists/nope/InRelease  404  Not Found [IP: 192.0.2.1 80]
E: Failed to fetch http://gone.example/x  Could not resolve 'gone.example'
E: Failed to fetch copy:/mirror/x  File not found - /mirror/x (2: No such file or directory)
E: Failed to fetch http://m.example/a.deb  Hash Sum mismatch
E: Download Failed
`;
  expect(parseMisses(said)).toEqual([
    { uri: "http://m.example/dists/nope/InRelease", why: "404  Not Found", absent: true },
    { uri: "http://gone.example/x", why: "Could not resolve 'gone.example'", absent: false },
    {
      uri: "file:/mirror/x",
      why: "File not found - /mirror/x (2: No such file or directory)",
      absent: true,
    },
    { uri: "http://m.example/a.deb", why: "Hash Sum mismatch", absent: true },
  ]);
});

test("of apt's complaints the last are repeated, without those that only introduce others", () => {
  const said = `N: a note
E: Unable to correct problems, you have held broken packages.
E: The following information from --solver 3.0 may provide additional context:
   Unable to satisfy dependencies.
`;
  expect(lastWords(said)).toBe("Unable to correct problems, you have held broken packages.");
});
