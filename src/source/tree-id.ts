import { createHash } from "node:crypto";
import type { Digest } from "../registry/digest.ts";

/** One thing that is sent to a build, with all that its identity depends on; `path` is relative to the context. */
export type SentEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean; readonly sha256: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/**
 * The identity of the files that a build is sent: kind, path, content, link target and whether a file may be executed.
 * Nothing else has a part in it: not the order given, nor time, owner, umask, place or machine.
 */
export function treeIdOf(entries: readonly SentEntry[]): Digest {
  const keyed = entries.map((entry) => ({ entry, bytes: Buffer.from(entry.path) }));
  keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const hash = createHash("sha256").update("files sent to a build, 1\n");
  for (const { entry } of keyed) hash.update(`${entry.path}\0${substanceOf(entry)}\0`);
  return `sha256:${hash.digest("hex")}`;
}

function substanceOf(entry: SentEntry): string {
  switch (entry.kind) {
    case "directory":
      return "directory";
    case "file":
      return `${entry.executable ? "755" : "644"} ${entry.sha256}`;
    case "link":
      return `link ${entry.target}`;
  }
}
