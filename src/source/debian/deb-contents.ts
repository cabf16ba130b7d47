import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import PQueue from "p-queue";
import { whenAbsent } from "../../when-absent.ts";
import type { Deb } from "./deb-cache.ts";
import { type DebianDoor, plainEnglish, stoppable } from "./door.ts";

/** What a package says about itself, and the paths that it brings. */
export interface DebContents {
  readonly name: string;
  /** Its control file. */
  readonly control: string;
  /** `<md5>  <path>` a line; a package without files has none. */
  readonly md5sums: string | undefined;
  /** Byte strings without `./` before or `/` behind. */
  readonly paths: readonly string[];
}

/** Reads packages by dpkg-deb, some at a time; `scratch` becomes a folder with their control files. */
export async function readDebs(
  debs: readonly Deb[],
  scratch: string,
  door: DebianDoor,
): Promise<readonly DebContents[]> {
  await mkdir(scratch);
  const queue = new PQueue({ concurrency: 4 });
  return Promise.all(debs.map((deb) => queue.add(() => readDeb(deb, scratch, door))));
}

async function readDeb(
  { package: { name }, file }: Deb,
  scratch: string,
  door: DebianDoor,
): Promise<DebContents> {
  const dir = join(scratch, name);
  const dpkgDeb = (...args: readonly string[]) =>
    door.run({ tool: "dpkg-deb", args, env: plainEnglish, ...stoppable(door) });
  const [{ stdout }] = await Promise.all([dpkgDeb("--contents", file), dpkgDeb("--control", file, dir)]);
  const md5sums = await readFile(join(dir, "md5sums"), "utf8").catch(whenAbsent(undefined));
  const control = await readFile(join(dir, "control"), "utf8");
  return { name, control: `${control.trimEnd()}\n`, md5sums, paths: parseContents(stdout) };
}

/** Reads `dpkg-deb --contents`, which is `tar -tv`: type and mode, owner, size, day, time, path and for links the target. */
export function parseContents(listing: string): readonly string[] {
  return listing.split("\n").flatMap((line) => {
    const [, type, rest = ""] = /^(\S)\S+ \S+ +[\d,]+ \S+ \S+ (.*)$/.exec(line) ?? [];
    if (type === undefined) return [];
    const end = type === "l" ? rest.indexOf(" -> ") : type === "h" ? rest.indexOf(" link to ") : -1;
    const path = unescapeName(end < 0 ? rest : rest.slice(0, end));
    const clean = path.replace(/^\.?\/+/, "").replace(/\/+$/, "");
    return clean === "" || clean === "." ? [] : [clean];
  });
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  b: "\b",
  r: "\r",
  f: "\f",
  a: "\x07",
  v: "\v",
};

/** tar writes bytes that are not plain ASCII as `\303`. */
function unescapeName(name: string): string {
  return name.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
