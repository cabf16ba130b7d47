import { packTar, pax, type TarPart } from "../source/archive/tar.ts";

/** An archive that is refused: `says` is in the one sentence that comes of it. */
export interface HostileArchive {
  readonly name: string;
  readonly parts: readonly TarPart[];
  readonly says: string;
  /** @default 65 */
  readonly status?: 65 | 75;
  /** What stands behind the last entry. */
  readonly end?: Uint8Array;
}

const dockerfile: TarPart = { name: "Dockerfile", content: "FROM scratch\n" };
const of = (name: string, parts: readonly TarPart[], says: string, more: Partial<HostileArchive> = {}) => ({
  name,
  parts: [dockerfile, ...parts],
  says,
  ...more,
});
const damage = { status: 75 } as const;
const file = (name: string, more: TarPart = {}): TarPart => ({ name, content: "x", ...more });
const link = (name: string, target: string): TarPart => ({ name, type: "2", target });
const hardlink = (name: string, target: string): TarPart => ({ name, type: "1", target });
const folder = (name: string): TarPart => ({ name, type: "5" });

export const hostileArchives: readonly HostileArchive[] = [
  of("a name with a way up", [file("../out")], 'its name has ".." in it'),
  of("a way up in the middle", [file("a/../../out")], 'its name has ".." in it'),
  of("a way up and down again", [file("a/../b")], 'its name has ".." in it'),
  of("a folder that is the way up", [folder("..")], 'its name has ".." in it'),
  of("an absolute name", [file("/etc/cron.d/x")], "its name is absolute"),
  of("an absolute name by two slashes", [file("//etc/x")], "its name is absolute"),
  of("a way up in the prefix", [file("out", { prefix: "a/.." })], 'its name has ".." in it'),
  of("an absolute prefix", [file("passwd", { prefix: "/etc" })], "its name is absolute"),
  of("a way up in a pax path", [pax({ path: "../../out" }), file("nice")], 'its name has ".." in it'),
  of("an absolute pax path", [pax({ path: "/etc/x" }), file("nice")], "its name is absolute"),
  of(
    "a way up in a GNU long name",
    [{ name: "././@LongLink", type: "L", content: "../out\0" }, file("nice")],
    'its name has ".." in it',
  ),
  of("a NUL in a pax path", [pax({ path: "a\0b" }), file("a")], "has a NUL in it"),
  of("no name", [file("")], "it has no name"),
  of("an empty pax path", [pax({ path: "" }), file("a")], "it has no name"),
  of("a name that is not UTF-8", [file("caf\xe9")], "its name is not UTF-8"),
  of("a name that no disk takes", [pax({ path: "n".repeat(256) }), file("a")], "its name is too long"),
  of("a path that no system takes", [pax({ path: "d/".repeat(2_000) }), file("a")], "its name is too long"),
  of(
    "a file through a link out of it",
    [link("out", "/tmp"), file("out/evil")],
    '"out", which it lies below, is a link',
  ),
  of(
    "a file through a link within",
    [folder("a"), link("b", "a"), file("b/evil")],
    '"b", which it lies below, is a link',
  ),
  of("a folder through a link", [link("out", "/tmp"), folder("out/evil")], '"out", which it lies below'),
  of("a link through a link", [link("out", ".."), link("out/evil", "/etc")], '"out", which it lies below'),
  of("a file below a file", [file("a"), file("a/b")], '"a", which it lies below, is a file'),
  of(
    "a link in the place of a folder",
    [folder("a"), link("a", "/tmp"), file("a/x")],
    "stands in the archive twice",
  ),
  of(
    "a folder in the place of a link",
    [link("a", "/tmp"), folder("a"), file("a/x")],
    "stands in the archive twice",
  ),
  of("a file in the place of a link", [link("a", "/etc/passwd"), file("a")], "stands in the archive twice"),
  of("a Dockerfile that takes the place of the first", [file("Dockerfile")], "stands in the archive twice"),
  of("the same file by another spelling", [file(".//Dockerfile")], "stands in the archive twice"),
  of("a file that is the root", [file("./")], "it is a directory with a content of its own"),
  of("a link that is the root", [link(".", "/etc")], "its root is a link"),
  of("a link to nothing", [link("a", "")], "it is a link to what can be no path"),
  of(
    "a link with a NUL",
    [pax({ linkpath: "/etc\0x" }), link("a", "")],
    "it is a link to what can be no path",
  ),
  of("a link to what is not UTF-8", [link("a", "caf\xe9")], "its name is not UTF-8"),
  of("a hard link to a file of the machine", [hardlink("a", "/etc/passwd")], "its name is absolute"),
  of("a hard link upwards", [hardlink("a", "../../etc/passwd")], 'its name has ".." in it'),
  of("a hard link to nothing", [hardlink("a", "none")], 'hard link to "none", which is no file before it'),
  of("a hard link to itself", [hardlink("a", "a")], 'hard link to "a", which is no file before it'),
  of(
    "a hard link to a link out",
    [link("l", "/etc/passwd"), hardlink("a", "l")],
    "which is no file before it",
  ),
  of(
    "a hard link through a link",
    [link("l", "/etc"), hardlink("a", "l/passwd")],
    "which is no file before it",
  ),
  of("a hard link to a folder", [folder("d"), hardlink("a", "d")], "which is no file before it"),
  of("a hard link to what comes later", [hardlink("a", "b"), file("b")], "which is no file before it"),
  of(
    "a hard link with a content of its own",
    [hardlink("a", "Dockerfile"), { name: "b", type: "1", target: "Dockerfile", content: "evil" }],
    "with a content of its own",
  ),
  of(
    "a link with a content of its own",
    [{ ...link("a", "b"), content: "evil" }],
    "with a content of its own",
  ),
  of(
    "a folder with a content of its own",
    [{ ...folder("a"), content: "evil" }],
    "with a content of its own",
  ),
  of("a character device", [{ name: "null", type: "3" }], "it is a device"),
  of("a block device", [{ name: "sda", type: "4" }], "it is a device"),
  of("a pipe", [{ name: "pipe", type: "6" }], "it is a pipe"),
  of("a GNU sparse file", [file("huge", { type: "S" })], "it is stored sparse"),
  of(
    "a pax sparse file",
    [
      pax({ "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "99999999999" }),
      file("h"),
    ],
    "it is stored sparse",
  ),
  of("a volume of several", [file("rest", { type: "M" })], "which is no file, directory or link"),
  of("a list of names to rename", [file("names", { type: "N" })], "which is no file, directory or link"),
  of("a dump of a folder", [file("d", { type: "D" })], "which is no file, directory or link"),
  of("a type of nobody", [file("z", { type: "z" })], "which is no file, directory or link"),
  of("a path for all entries", [pax({ path: "../x" }, "g"), file("a")], "sets path for all entries"),
  of("a size for all entries", [pax({ size: "0" }, "g"), file("a")], "sets size for all entries"),
  of("a link target for all entries", [pax({ linkpath: "/etc" }, "g"), file("a")], "sets linkpath for all"),
  of("a size that is no number", [file("a", { size: "0x10" })], "its size or mode is no number"),
  of("a size below zero", [file("a", { size: "-1" })], "its size or mode is no number"),
  of("a binary size below zero", [file("a", { size: "\xff".repeat(12) })], "its size or mode is no number"),
  of(
    "a binary size beyond counting",
    [file("a", { size: `\x80${"\xff".repeat(11)}` })],
    "its size or mode is no number",
  ),
  of("a pax size below zero", [pax({ size: "-1" }), file("a")], "a size that is no number"),
  of("a pax size in another base", [pax({ size: "0x10" }), file("a")], "a size that is no number"),
  of("a file larger than what comes", [file("a", { size: "77777777777" })], "before its end mark", damage),
  of(
    "a pax size larger than what comes",
    [pax({ size: "999999999999" }), file("a")],
    "before its end mark",
    damage,
  ),
  of(
    "a header hidden in a content by a smaller pax size",
    [pax({ size: "0" }), file("a", { content: packTar([file("../x")], new Uint8Array()) })],
    'its name has ".." in it',
  ),
  of(
    "a name of a megabyte",
    [{ name: "l", type: "L", content: "a".repeat(1_048_577) }, file("a")],
    "what is said of it has more than",
  ),
  of(
    "a pax header without end",
    [{ name: "p", type: "x", size: "77777777777" }],
    "what is said of it has more than",
  ),
  of(
    "a pax record longer than its header",
    [{ type: "x", content: "99 path=a\n" }, file("a")],
    "has no record at 0",
    damage,
  ),
  of(
    "a pax record of no length",
    [{ type: "x", content: "0 path=a\n" }, file("a")],
    "has no record at 0",
    damage,
  ),
  of(
    "a pax record of a length below zero",
    [{ type: "x", content: "-9 path=a\n" }, file("a")],
    "has no record",
    damage,
  ),
  of(
    "a pax record in another notation",
    [{ type: "x", content: "1e1 path=a\n" }, file("a")],
    "has no record",
    damage,
  ),
  of(
    "a pax record without a value",
    [{ type: "x", content: "7 path\n" }, file("a")],
    "has no record at 0",
    damage,
  ),
  of("a header with another checksum", [file("a", { spoilt: true })], "it has no header at byte", damage),
  of("no end mark", [], "before its end mark", { ...damage, end: new Uint8Array() }),
  of("an end within a header", [], "before its end mark", { ...damage, end: new Uint8Array(100) }),
  of("another archive behind its end", [], "something stands behind its end", {
    ...damage,
    end: Buffer.concat([Buffer.alloc(1024), packTar([file("hidden")])]),
  }),
  of("an entry between one block of zeros and the end", [], "something stands behind its end", {
    ...damage,
    end: Buffer.concat([Buffer.alloc(512), packTar([file("hidden")])]),
  }),
];
