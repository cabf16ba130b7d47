import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { byteString, type TarEntry } from "../../../src/source/debian/tar-entry.ts";
import { readContent, readTar } from "../../../src/source/debian/tar-read.ts";
import { writeTar } from "../../../src/source/debian/tar-write.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tar-"));
});
afterEach(() => rm(dir, { recursive: true }));

const long = `${"deep/".repeat(25)}${"name".repeat(20)}`;
const accented = byteString("Főtanúsítvány.crt");
const owner = { mode: 0o644, uid: 0, gid: 0 };
const entries: readonly TarEntry[] = [
  { ...owner, kind: "directory", path: "a", mode: 0o1777 },
  { ...owner, kind: "file", path: "a/big", content: Buffer.alloc(3_000_001, "x") },
  { ...owner, kind: "file", path: "a/empty", content: new Uint8Array() },
  { ...owner, kind: "file", path: "a/setuid", mode: 0o4755, uid: 65532, gid: 42, content: Buffer.from("s") },
  { ...owner, kind: "hardlink", path: "b", target: "a/setuid", mode: 0o4755, uid: 65532, gid: 42 },
  { ...owner, kind: "symlink", path: "c", target: "a/big", mode: 0o777 },
  { ...owner, kind: "symlink", path: "d", target: `../${long}`, mode: 0o777 },
  { ...owner, kind: "file", path: long, uid: 3_000_000, content: Buffer.from("long") },
  { ...owner, kind: "file", path: accented, content: Buffer.from("cert") },
];

async function write(file: string): Promise<string> {
  const none = await open("/dev/null");
  try {
    return await writeTar(file, entries, none, 946_684_800);
  } finally {
    await none.close();
  }
}

test("what is written is read again as it was", async () => {
  const file = join(dir, "a.tar");
  await write(file);
  const archive = await open(file);
  try {
    const { entries: read, special } = await readTar(archive);
    const whole = await Promise.all(
      read.map(async (entry) =>
        entry.kind === "file"
          ? { ...entry, content: Buffer.from(await readContent(entry.content, archive)) }
          : entry,
      ),
    );
    const wanted = entries.map((entry) =>
      entry.kind === "file" ? { ...entry, content: Buffer.from(entry.content as Uint8Array) } : entry,
    );
    expect(whole).toEqual(wanted);
    expect(special).toEqual([]);
  } finally {
    await archive.close();
  }
});

test("the same entries make the same bytes, and the digest is that of the file", async () => {
  const digests = [await write(join(dir, "a.tar")), await write(join(dir, "b.tar"))];
  const [a, b] = await Promise.all([readFile(join(dir, "a.tar")), readFile(join(dir, "b.tar"))]);
  expect(a.equals(b)).toBe(true);
  expect(digests[0]).toBe(digests[1]);
  expect(execFileSync("sha256sum", [join(dir, "a.tar")], { encoding: "utf8" })).toContain(
    digests[0]?.slice("sha256:".length),
  );
});

test("GNU tar reads what is written: names, owners, modes and times", async () => {
  const file = join(dir, "a.tar");
  await write(file);
  const listing = execFileSync("tar", ["--numeric-owner", "--utc", "--quoting-style=literal", "-tvf", file], {
    encoding: "utf8",
    env: { LC_ALL: "C.UTF-8", PATH: process.env["PATH"] ?? "" },
  });
  const lines = listing
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +/g, " "));
  expect(lines).toEqual([
    "drwxrwxrwt 0/0 0 2000-01-01 00:00 a/",
    "-rw-r--r-- 0/0 3000001 2000-01-01 00:00 a/big",
    "-rw-r--r-- 0/0 0 2000-01-01 00:00 a/empty",
    "-rwsr-xr-x 65532/42 1 2000-01-01 00:00 a/setuid",
    "hrwsr-xr-x 65532/42 0 2000-01-01 00:00 b link to a/setuid",
    "lrwxrwxrwx 0/0 0 2000-01-01 00:00 c -> a/big",
    `lrwxrwxrwx 0/0 0 2000-01-01 00:00 d -> ../${long}`,
    `-rw-r--r-- 3000000/0 4 2000-01-01 00:00 ${long}`,
    "-rw-r--r-- 0/0 4 2000-01-01 00:00 Főtanúsítvány.crt",
  ]);
});

test.each(["ustar", "gnu", "pax"])("archives of GNU tar in the format %s are read", async (format) => {
  const root = join(dir, "root");
  // What ustar itself can name: up to 100 bytes after a prefix.
  const path = format === "ustar" ? `${"deep/".repeat(25)}name` : long;
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), "content");
  writeFileSync(join(root, "plain"), "plain");
  chmodSync(join(root, "plain"), 0o755);
  linkSync(join(root, "plain"), join(root, "twin"));
  symlinkSync("plain", join(root, "link"));
  execFileSync("mkfifo", [join(root, "pipe")]);
  const file = join(dir, "gnu.tar");
  const owned = ["--owner=5000000", "--group=7"].slice(format === "ustar" ? 1 : 0);
  execFileSync("tar", [`--format=${format}`, "--sort=name", ...owned, "-C", root, "-cf", file, "."]);
  const archive = await open(file);
  try {
    const { entries: read, special } = await readTar(archive);
    const found = new Map(read.map((entry) => [entry.path, entry]));
    expect(special).toEqual(["pipe"]);
    expect(found.get(".")).toMatchObject({ kind: "directory" });
    expect(found.get("plain")).toMatchObject({ kind: "file", mode: 0o755, gid: 7 });
    if (format !== "ustar") expect(found.get("plain")).toMatchObject({ uid: 5_000_000 });
    expect(found.get("twin")).toMatchObject({ kind: "hardlink", target: "plain" });
    expect(found.get("link")).toMatchObject({ kind: "symlink", target: "plain" });
    const deep = found.get(path);
    if (deep?.kind !== "file") throw new Error(`${path} was not read`);
    expect(Buffer.from(await readContent(deep.content, archive)).toString()).toBe("content");
  } finally {
    await archive.close();
  }
});

test("an archive that was cut off is not taken for a whole one", async () => {
  const file = join(dir, "a.tar");
  await write(file);
  const whole = await readFile(file);
  writeFileSync(file, whole.subarray(0, 4 * 512));
  const archive = await open(file);
  await expect(readTar(archive)).rejects.toThrow(/ends|no header/);
  await archive.close();
});
