import * as fs from "node:fs";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inspectArchive, mostUnpacked, unpackArchive } from "../../src/source/archive/unpack.ts";
import { sealFolder } from "../../src/source/folder.ts";
import { packTar, type TarPart } from "../source/archive/tar.ts";
import { makeTempFolder, removeTempFolder } from "../source/repository.ts";
import { hostileArchives } from "./archive-rows.ts";

let folder: string;
let file: string;
let inside: string;
beforeEach(() => {
  folder = makeTempFolder();
  file = join(folder, "context.tar");
  inside = join(folder, "below", "inside");
  fs.mkdirSync(inside, { recursive: true });
});
afterEach(() => removeTempFolder(folder));

const dockerfile: TarPart = { name: "Dockerfile", content: "FROM scratch\n" };
/** Makes the archive of a Dockerfile and these entries. */
const pack = (...parts: readonly TarPart[]) => fs.writeFileSync(file, packTar([dockerfile, ...parts]));
const archive = () => ({ file, name: "https://example.com/context.tar" });

const messageOf = (error: unknown) => (error as Error).message;
const checkedZstd = (bytes: Uint8Array) =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

/** Everything that lies below the test's folder besides where the archive goes; no link is followed. */
function outside(directory = ""): readonly string[] {
  return fs.readdirSync(join(folder, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return path === "below/inside" || !entry.isDirectory() ? [path] : [path, ...outside(path)];
  });
}
const around = ["below", "below/inside", "context.tar"];

const seal = async (directory = ".") => {
  await unpackArchive(archive(), inside);
  const paths = { dockerfile: "Dockerfile", context: "." };
  return sealFolder({ root: inside, name: archive().name, directory }, paths, {
    workDir: join(folder, "work"),
  });
};

describe("an archive", () => {
  test.each(hostileArchives)(
    "with $name is refused in one sentence, before and while it is unpacked",
    async (row) => {
      fs.writeFileSync(file, packTar(row.parts, row.end));
      const status = row.status ?? 65;
      const refusal = { exitStatus: status, message: expect.stringContaining(row.says) };
      await expect(inspectArchive(archive())).rejects.toMatchObject(refusal);
      expect(fs.readdirSync(inside)).toEqual([]);
      await expect(unpackArchive(archive(), inside)).rejects.toMatchObject({
        ...refusal,
        message: expect.stringMatching(/^https:\/\/example\.com\/context\.tar\b[^\n\0]*$/),
      });
      expect(outside()).toEqual(around);
    },
  );

  test.each([
    ["of nothing", Buffer.alloc(0), 75, "before its end mark"],
    ["that is a page", Buffer.from("<!DOCTYPE html>".padEnd(2_000)), 65, "is no tar archive"],
    ["that is a short page", Buffer.from("Not found\n"), 75, "before its end mark"],
    ["of random bytes", Buffer.alloc(4_096, "\x17\x99"), 65, "is no tar archive"],
    ["by xz", Buffer.from("fd377a585a000004", "hex"), 65, "is compressed by xz"],
    ["by bzip2", Buffer.from("BZh91AY&SY"), 65, "is compressed by bzip2"],
    ["that is a zip", Buffer.from("PK\x03\x04\0\0\0\0"), 65, "is a zip archive"],
    ["by gzip that is cut", gzipSync(packTar([dockerfile])).subarray(0, 60), 75, "is damaged"],
    ["by zstd that is cut", zstdCompressSync(packTar([dockerfile])).subarray(0, 40), 75, "is damaged"],
    [
      "of gzip within gzip",
      gzipSync(gzipSync(Buffer.alloc(4_096, "\x17\x99\xf0"), { level: 0 })),
      65,
      "is no tar archive",
    ],
  ])("%s is refused", async (_, bytes, exitStatus, says) => {
    fs.writeFileSync(file, bytes);
    await expect(inspectArchive(archive())).rejects.toMatchObject({
      exitStatus,
      message: expect.stringContaining(says),
    });
  });

  test.each([
    ["gzip", gzipSync],
    ["zstd", checkedZstd],
  ])("of which one bit was flipped is not taken for another, by the checksum of %s", async (_, compress) => {
    const content = "abc".repeat(300);
    const bytes = compress(packTar([dockerfile, { name: "a", content }]));
    for (let at = 0; at < bytes.length; at++) {
      const spoilt = Buffer.from(bytes);
      spoilt.writeUInt8(spoilt.readUInt8(at) ^ 0x10, at);
      fs.writeFileSync(file, spoilt);
      fs.rmSync(inside, { recursive: true });
      fs.mkdirSync(inside);
      const unpacked = unpackArchive(archive(), inside);
      // Times and the like in the header of gzip are nothing that is read.
      const found = await unpacked.then(() => fs.readFileSync(join(inside, "a"), "utf8")).catch(messageOf);
      expect(found === content || found.includes("context.tar"), `byte ${at}: ${found}`).toBe(true);
    }
  });

  test("that unpacks to more than it may is given up, by gzip and by zstd", async () => {
    const zeros = packTar([dockerfile, { name: "zeros", content: Buffer.alloc(4_000_000) }]);
    for (const bomb of [gzipSync(zeros), zstdCompressSync(zeros)]) {
      fs.writeFileSync(file, bomb);
      await expect(unpackArchive(archive(), inside, { mostBytes: 1_000_000 })).rejects.toMatchObject({
        exitStatus: 65,
        message: expect.stringContaining("becomes more than 1000000 bytes"),
      });
      expect(fs.statSync(join(inside, "zeros")).size).toBeLessThan(1_100_000);
      fs.rmSync(inside, { recursive: true });
      fs.mkdirSync(inside);
    }
  });

  test("may become a quarter of a gibibyte, or 200 times what came up to 8 GiB", () => {
    const mebibyte = 1024 ** 2;
    expect([1, 2, 1_000].map((size) => mostUnpacked(size * mebibyte) / mebibyte)).toEqual([256, 400, 8_192]);
  });

  test("of half a million names more than that is given up", async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => ({
      name: "",
      type: "x",
      content: "",
      index,
    }));
    const deep = names.flatMap(({ index }): readonly TarPart[] => {
      const path = `${index}/${"d/".repeat(1_400)}f`;
      const record = ` path=${path}\n`;
      const length = record.length + String(record.length + 4).length;
      return [{ name: "p", type: "x", content: `${length}${record}` }, { name: "f" }];
    });
    pack(...deep);
    await expect(inspectArchive(archive())).rejects.toMatchObject({
      exitStatus: 65,
      message: expect.stringContaining("more than 500000 entries"),
    });
  });

  test("of hard links to one large file is counted as the files that they become", async () => {
    const large = { name: "large", content: Buffer.alloc(64 * 1024 * 1024) };
    const links = Array.from({ length: 40 }, (_, index) => ({
      name: `l${index}`,
      type: "1",
      target: "large",
    }));
    pack(large, ...links);
    await expect(inspectArchive(archive())).rejects.toMatchObject({
      exitStatus: 65,
      message: expect.stringContaining("bytes in hard links"),
    });
  });
});

describe("what an archive may have", () => {
  test("gets plain modes: no setuid, no writing for others, whatever the header says", async () => {
    pack(
      { name: "su", content: "x", mode: "0006777" },
      { name: "open", content: "x", mode: "0000666" },
      { name: "shut", type: "5", mode: "0000000" },
      { name: "shut/in", content: "x", mode: "0000000" },
    );
    const { dir } = await seal();
    const mode = (path: string) => (fs.statSync(join(dir, path)).mode & 0o7777).toString(8);
    expect(["su", "open", "shut", "shut/in"].map(mode)).toEqual(["755", "644", "755", "644"]);
  });

  test("as links out of it are sent as links, and nothing behind them is read, changed or removed", async () => {
    const victim = join(folder, "victim");
    fs.mkdirSync(victim);
    fs.writeFileSync(join(victim, "kept"), "kept", { mode: 0o600 });
    pack(
      { name: "out", type: "2", target: victim },
      { name: "up", type: "2", target: "../../victim/kept" },
      { name: ".dockerignore", content: "ignored\n" },
      { name: "ignored", type: "2", target: victim },
    );
    const { dir } = await seal();
    expect(fs.readdirSync(dir).sort()).toEqual([".dockerignore", "Dockerfile", "out", "up"]);
    expect(fs.readlinkSync(join(dir, "out"))).toBe(victim);
    expect(fs.readdirSync(victim)).toEqual(["kept"]);
    expect(fs.statSync(join(victim, "kept")).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["its Dockerfile", [{ name: "Dockerfile", type: "2", target: "/etc/passwd" }], "."],
    [
      "its ignore file",
      [dockerfile, { name: ".dockerignore", type: "2", target: "../../../../../etc/passwd" }],
      ".",
    ],
    ["its directory", [dockerfile, { name: "app", type: "2", target: "/etc" }], "app"],
  ] as const)("cannot have a link out for %s", async (_, parts, directory) => {
    fs.writeFileSync(file, packTar(parts));
    await expect(seal(directory)).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("is a symbolic link that leads out of it"),
    });
  });

  test("are names with line breaks, quotes and options, as on a disk", async () => {
    const names = [
      "-rf",
      "a\nb",
      "$(id)",
      "`id`",
      "\u001b[2J",
      "a b",
      "A",
      "a",
      "CON",
      "x\\..\\y",
      "....",
      "~",
    ];
    pack(...names.map((name) => ({ name, content: "x" })));
    const { dir } = await seal();
    expect(fs.readdirSync(dir).sort()).toEqual([...names, "Dockerfile"].sort());
    expect(outside()).toEqual(around);
  });

  test("is a .git that nobody runs: it is left out", async () => {
    pack({ name: "sub/.git/hooks/post-checkout", content: "#!/bin/sh\nid\n", mode: "0000755" });
    const { dir } = await seal();
    expect(fs.readdirSync(dir, { recursive: true })).toEqual(["Dockerfile", "sub"]);
  });
});
