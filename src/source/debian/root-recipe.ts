import { FactoryError } from "../../errors.ts";
import type { RuntimeConfig } from "../../registry/image-config.ts";
import type { DebContents } from "./deb-contents.ts";
import { byteString, type TarDirectory, type TarEntry, type TarFile, type TarLink } from "./tar-entry.ts";

/**
 * Counts up whenever the same packages would make other bytes: it is part of the identity of every root.
 */
export const rootRecipe = 1;

/** What an image that is nothing but packages starts with. */
export const rootConfig: RuntimeConfig = {
  Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
};

/** Added where the packages bring /bin/sh, so that the image can be looked at. */
export const shellCommand: RuntimeConfig = { Cmd: ["/bin/sh"] };

/** Packages are unpacked, not configured: what their scripts would do, and a container needs, stands here. */
const directories: readonly TarDirectory[] = [
  directory("dev"),
  directory("etc"),
  directory("home"),
  directory("home/nonroot", 0o700, 65532),
  directory("proc"),
  directory("root", 0o700),
  directory("run"),
  directory("run/lock", 0o1777),
  directory("sys"),
  directory("tmp", 0o1777),
  directory("var/lib/dpkg/status.d"),
  directory("var/tmp", 0o1777),
];

const users = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

/** Besides the users' own those that own files of packages; the numbers are Debian's for ever. */
const groups = `root:x:0:
tty:x:5:
mail:x:8:
shadow:x:42:
utmp:x:43:
staff:x:50:
nonroot:x:65532:
nogroup:x:65534:
`;

/** Without it C libraries and Go differ in whether /etc/hosts counts. */
const nameServices = `passwd: files
group: files
hosts: files dns
`;

/** Top-level folders that are links into /usr; amd64's loader is looked for in /lib64. */
function mergedFolders(architecture: string): readonly string[] {
  return architecture === "amd64" ? ["bin", "lib", "lib64", "sbin"] : ["bin", "lib", "sbin"];
}

/** What mmdebstrap runs before unpacking: /bin, /lib and /sbin are links into /usr, also for suites where no package says so. */
export function mergeHook(architecture: string): string {
  const folders = mergedFolders(architecture).join(" ");
  return `set -e; for d in ${folders}; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done`;
}

/** Where a path of a package is in a root whose top-level folders are links into /usr. */
export function mergedPath(path: string, architecture: string): string {
  const top = path.split("/", 1)[0] ?? "";
  return path.includes("/") && mergedFolders(architecture).includes(top) ? `usr/${path}` : path;
}

/** Documentation, which no container reads; licences stay. */
export function isLeftOut(path: string): boolean {
  const [, folder, rest = ""] = /^usr\/share\/(doc|man|info|lintian|locale|groff)\/(.+)$/.exec(path) ?? [];
  if (folder === undefined) return false;
  return folder !== "doc" || !/^[^/]+(?:\/copyright)?$/.test(rest);
}

export interface RootParts {
  readonly architecture: string;
  /** What unpacking left, whatever else is in there. */
  readonly unpacked: readonly TarEntry[];
  readonly debs: readonly DebContents[];
  /** All certificates of ca-certificates in one file; undefined without that package. */
  readonly certificates: Uint8Array | undefined;
}

/**
 * The root as it goes into the image, sorted: of what was unpacked that alone which packages bring, without
 * documentation, and what a container needs besides. Nothing of the machine gets in.
 * @throws FactoryError "tool-failed" when something that a package brings is not there.
 */
export function composeRoot({ architecture, unpacked, debs, certificates }: RootParts): readonly TarEntry[] {
  const brought = new Set(debs.flatMap(({ paths }) => paths.map((path) => mergedPath(path, architecture))));
  const root = new Map<string, TarEntry>();
  const put = (entry: TarEntry) => root.set(entry.path, entry);
  for (const entry of [...directories, ...files(debs, certificates)]) put(entry);
  for (const entry of unpacked) {
    if (brought.has(entry.path) && !isLeftOut(entry.path)) put(entry);
  }
  for (const link of rootLinks(architecture)) {
    // A package may keep files there: then the folder stays.
    if (!hasEntriesBelow(link.path, root)) put(link);
  }
  const lost = [...brought].find((path) => !root.has(path) && !isLeftOut(path));
  if (lost !== undefined) {
    throw new FactoryError("tool-failed", `mmdebstrap did not unpack /${lost}, which a package brings`);
  }
  for (const path of [...root.keys()]) addParents(path, root);
  return relinked(
    [...root.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    unpacked,
  );
}

function rootLinks(architecture: string): readonly TarLink[] {
  return [
    ...mergedFolders(architecture).map((folder) => symlink(folder, `usr/${folder}`)),
    symlink("var/lock", "/run/lock"),
    symlink("var/run", "/run"),
  ];
}

function files(debs: readonly DebContents[], certificates: Uint8Array | undefined): readonly TarFile[] {
  const status = debs.flatMap(({ name, control, md5sums }) => [
    file(`var/lib/dpkg/status.d/${name}`, control),
    ...(md5sums === undefined ? [] : [file(`var/lib/dpkg/status.d/${name}.md5sums`, md5sums)]),
  ]);
  return [
    file("etc/group", groups),
    file("etc/nsswitch.conf", nameServices),
    file("etc/passwd", users),
    ...(certificates === undefined ? [] : [file("etc/ssl/certs/ca-certificates.crt", certificates)]),
    ...status,
  ];
}

function hasEntriesBelow(path: string, root: ReadonlyMap<string, TarEntry>): boolean {
  return [...root.keys()].some((other) => other.startsWith(`${path}/`));
}

function addParents(path: string, root: Map<string, TarEntry>): void {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const parent = path.slice(0, end);
    if (!root.has(parent)) root.set(parent, directory(parent));
  }
}

/** A text in the root, of mode 644. */
export function file(path: string, content: string | Uint8Array): TarFile {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return { kind: "file", path: byteString(path), mode: 0o644, uid: 0, gid: 0, content: bytes };
}

/** Of files that are one under several names the first name has the content, whichever names are left. */
export function relinked(entries: readonly TarEntry[], unpacked: readonly TarEntry[]): readonly TarEntry[] {
  const contents = new Map(
    unpacked.flatMap((entry) => (entry.kind === "file" ? [[entry.path, entry.content] as const] : [])),
  );
  const firstOf = new Map<string, string>();
  return entries.map((entry) => {
    if (entry.kind !== "file" && entry.kind !== "hardlink") return entry;
    const origin = entry.kind === "file" ? entry.path : entry.target;
    const first = firstOf.get(origin);
    const { path, mode, uid, gid } = entry;
    if (first !== undefined) return { kind: "hardlink", path, mode, uid, gid, target: first };
    firstOf.set(origin, path);
    const content = entry.kind === "file" ? entry.content : contents.get(origin);
    if (content === undefined) throw new Error(`${path} is a link to ${origin}, which is not in the archive`);
    return { kind: "file", path, mode, uid, gid, content };
  });
}

export function directory(path: string, mode = 0o755, owner = 0): TarDirectory {
  return { kind: "directory", path, mode, uid: owner, gid: owner };
}

function symlink(path: string, target: string): TarLink {
  return { kind: "symlink", path, mode: 0o777, uid: 0, gid: 0, target };
}
