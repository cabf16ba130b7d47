import { expect, test } from "vitest";
import type { DebContents } from "../../../src/source/debian/deb-contents.ts";
import { composeRoot, mergedPath } from "../../../src/source/debian/root-recipe.ts";
import type { TarEntry } from "../../../src/source/debian/tar-entry.ts";

const owner = { mode: 0o755, uid: 0, gid: 0 };
const folder = (path: string, mode = 0o755): TarEntry => ({ ...owner, kind: "directory", path, mode });
const file = (path: string, text = path): TarEntry => ({
  ...owner,
  kind: "file",
  path,
  content: Buffer.from(text),
});
const hardlink = (path: string, target: string): TarEntry => ({ ...owner, kind: "hardlink", path, target });

function deb(paths: readonly string[], name = "tool"): DebContents {
  return { name, control: `Package: ${name}\n`, md5sums: undefined, paths };
}

function compose(unpacked: readonly TarEntry[], debs: readonly DebContents[], architecture = "amd64") {
  return composeRoot({ architecture, unpacked, debs, certificates: undefined });
}

const byPath = (root: readonly TarEntry[]) => new Map(root.map((entry) => [entry.path, entry]));

test("only what a package brings gets in, whatever else was unpacked", () => {
  const unpacked = [folder("usr"), file("usr/tool"), file("etc/hostname"), file("etc/resolv.conf")];
  const root = byPath(compose(unpacked, [deb(["usr", "usr/tool"])]));
  expect(root.has("usr/tool")).toBe(true);
  expect(root.has("etc/hostname")).toBe(false);
  expect(root.has("etc/resolv.conf")).toBe(false);
});

test("what a package brings and was not unpacked is an error", () => {
  expect(() => compose([], [deb(["usr/tool"])])).toThrow("did not unpack /usr/tool");
});

test("a path of a suite whose packages still use /bin is found below /usr", () => {
  const root = byPath(compose([folder("usr"), file("usr/bin/sh")], [deb(["bin", "bin/sh"])]));
  expect(root.get("usr/bin/sh")?.kind).toBe("file");
  expect(root.get("bin")).toMatchObject({ kind: "symlink", target: "usr/bin" });
});

test("/lib64 is a link on amd64 alone", () => {
  expect(mergedPath("lib64/ld.so", "amd64")).toBe("usr/lib64/ld.so");
  expect(mergedPath("lib64/ld.so", "arm64")).toBe("lib64/ld.so");
  expect(byPath(compose([], [], "amd64")).has("lib64")).toBe(true);
  expect(byPath(compose([], [], "arm64")).has("lib64")).toBe(false);
});

test("entries are sorted and every one has its parents before it", () => {
  const paths = compose([file("usr/lib/x/y")], [deb(["usr/lib/x/y"])]).map(({ path }) => path);
  expect(paths).toEqual([...paths].sort());
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (parent !== "") expect(paths.indexOf(parent)).toBeLessThan(paths.indexOf(path));
  }
});

test("documentation stays out, licences stay in", () => {
  const kept = ["usr/share/doc/a", "usr/share/doc/a/copyright", "usr/share/man", "usr/share/zoneinfo/UTC"];
  const left = [
    "usr/share/doc/a/changelog.gz",
    "usr/share/doc/a/examples/copyright",
    "usr/share/man/man1/a.1.gz",
    "usr/share/locale/de/LC_MESSAGES/a.mo",
    "usr/share/lintian/overrides/a",
  ];
  const all = [...kept, ...left];
  const unpacked = all.map((path) => (/(?:doc\/a|man)$/.test(path) ? folder(path) : file(path)));
  const root = byPath(compose(unpacked, [deb(all)]));
  expect(all.filter((path) => root.has(path))).toEqual(kept);
});

test("of a file under several names the first that stays has the content", () => {
  const unpacked = [
    file("usr/share/doc/a/big", "content"),
    hardlink("usr/bin/z", "usr/share/doc/a/big"),
    hardlink("usr/bin/b", "usr/share/doc/a/big"),
  ];
  const root = byPath(compose(unpacked, [deb(unpacked.map(({ path }) => path))]));
  expect(root.get("usr/bin/b")).toMatchObject({ kind: "file", content: Buffer.from("content") });
  expect(root.get("usr/bin/z")).toMatchObject({ kind: "hardlink", target: "usr/bin/b" });
});

test("each package is described where scanners look", () => {
  const debs = [{ ...deb([], "liba"), md5sums: "0  usr/lib/a\n" }, deb([], "b+c")];
  const root = byPath(compose([], debs));
  const text = (path: string) => {
    const entry = root.get(`var/lib/dpkg/status.d/${path}`);
    return entry?.kind === "file" ? Buffer.from(entry.content as Uint8Array).toString() : undefined;
  };
  expect(text("liba")).toBe("Package: liba\n");
  expect(text("liba.md5sums")).toBe("0  usr/lib/a\n");
  expect(text("b+c")).toBe("Package: b+c\n");
  expect(text("b+c.md5sums")).toBeUndefined();
});

test("/var/run is a link, unless a package keeps files there", () => {
  const link = byPath(compose([folder("var/run")], [deb(["var/run"])])).get("var/run");
  expect(link).toMatchObject({ kind: "symlink", target: "/run" });
  const unpacked = [folder("var/run"), file("var/run/x")];
  const kept = byPath(compose(unpacked, [deb(["var/run", "var/run/x"])]));
  expect(kept.get("var/run")?.kind).toBe("directory");
});

test("a package's own file goes before the recipe's", () => {
  const root = byPath(compose([file("etc/nsswitch.conf", "own")], [deb(["etc/nsswitch.conf"])]));
  expect(root.get("etc/nsswitch.conf")).toMatchObject({ content: Buffer.from("own") });
});
