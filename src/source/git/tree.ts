import { posix } from "node:path";
import { FactoryError } from "../../errors.ts";
import { pathEscapes } from "../source-path.ts";

/** One thing in a commit's tree; `path` is relative to the source's root. */
export interface GitEntry {
  readonly kind: "file" | "link" | "directory" | "submodule";
  readonly path: string;
  /** Of a blob, or of a submodule's commit; "" for a directory. */
  readonly object: string;
  readonly executable: boolean;
}

const kinds: Readonly<Record<string, GitEntry["kind"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "file",
  "120000": "link",
  "160000": "submodule",
};

/**
 * Reads `git ls-tree -r -z`: `<mode> SP <type> SP <object> TAB <path> NUL`.
 * @throws FactoryError "source-invalid" for a tree that git would not have made: a path that leaves it, goes through
 *   `.git`, or stands twice.
 * @see https://git-scm.com/docs/git-ls-tree#_output_format
 */
export function parseTree(listing: string, source: string): GitEntry[] {
  return listing.split("\0").flatMap((record) => {
    const [, mode = "", object = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    if (record === "") return [];
    const kind = kinds[mode];
    if (kind === undefined || path.split("/").some(isForbidden)) {
      throw new FactoryError(
        "source-invalid",
        `${source} has a path that no checkout may have: ${JSON.stringify(path)}`,
      );
    }
    return [{ kind, path, object, executable: mode === "100755" }];
  });
}

function isForbidden(name: string): boolean {
  return name === "" || name === "." || name === ".." || name.toLowerCase() === ".git";
}

/** A tree by path, with the directories that git only implies. */
export interface GitTree {
  readonly at: (path: string) => GitEntry | undefined;
  /** What stands directly in a directory; "" is the root. */
  readonly list: (directory: string) => readonly GitEntry[];
}

/** @throws FactoryError "source-invalid" when one path is two things. */
export function makeTree(entries: readonly GitEntry[], source: string): GitTree {
  const byPath = new Map<string, GitEntry>();
  const below = new Map<string, GitEntry[]>([["", []]]);
  const add = (entry: GitEntry): void => {
    const known = byPath.get(entry.path);
    if (known?.kind === "directory" && entry.kind === "directory") return;
    if (known !== undefined) {
      throw new FactoryError("source-invalid", `${source} has ${JSON.stringify(entry.path)} twice`);
    }
    byPath.set(entry.path, entry);
    if (entry.kind === "directory") below.set(entry.path, []);
    const parent = parentOf(entry.path);
    if (parent !== "" && byPath.get(parent)?.kind !== "directory") add(directory(parent));
    below.get(parent)?.push(entry);
  };
  entries.forEach(add);
  return { at: (path) => byPath.get(path), list: (path) => below.get(path) ?? [] };
}

function directory(path: string): GitEntry {
  return { kind: "directory", path, object: "", executable: false };
}

function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === "." ? "" : parent;
}

/** As many links as Linux follows in one path. */
const mostLinks = 40;

/**
 * Follows the symbolic links in `path` ("." or "" is the root) and gives the path of what stands at their end;
 * undefined where nothing does.
 * @throws FactoryError "source-invalid" for a link that leaves the tree.
 */
export async function followLinks(
  tree: GitTree,
  path: string,
  readLink: (entry: GitEntry) => Promise<string>,
  source: string,
): Promise<string | undefined> {
  let links = 0;
  let here = "";
  const ahead = path.split("/").reverse();
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (here === "") throw pathEscapes(path, source);
      here = parentOf(here);
      continue;
    }
    const next = here === "" ? name : `${here}/${name}`;
    const entry = tree.at(next);
    if (entry === undefined) return undefined;
    if (entry.kind !== "link") {
      here = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) return undefined;
    const target = await readLink(entry);
    if (target.startsWith("/")) throw pathEscapes(path, source);
    ahead.push(...target.split("/").reverse());
  }
  return here;
}
