import { FactoryError } from "../../errors.ts";
import { refuseEntry, smaller } from "./refusals.ts";

/** What Linux takes for one name, and less than it takes for a path: the folder that it goes to comes before it. */
const longestName = 255;
const longestPath = 3_000;

/** @throws FactoryError "source-invalid" for a byte string that is not UTF-8. */
export function decode(text: string, archive: string): string {
  const bytes = Buffer.from(text, "latin1");
  const decoded = bytes.toString("utf8");
  if (Buffer.from(decoded, "utf8").equals(bytes)) return decoded;
  throw refuseEntry(archive, decoded, "its name is not UTF-8");
}

/**
 * A path of an archive as one below its root, which is "": `./a//b/` is `a/b`.
 * @throws FactoryError "source-invalid" for one that is none: absolute, with `..`, NUL, or too long for a disk.
 */
export function cleanName(text: string, archive: string): string {
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  const why =
    text === ""
      ? "it has no name"
      : text.startsWith("/")
        ? "its name is absolute"
        : parts.includes("..")
          ? 'its name has ".." in it'
          : text.includes("\0")
            ? "its name has a NUL in it"
            : parts.some((part) => Buffer.byteLength(part) > longestName) ||
                Buffer.byteLength(text) > longestPath
              ? "its name is too long"
              : undefined;
  if (why !== undefined) throw refuseEntry(archive, text, why);
  return parts.join("/");
}

type Kind = "directory" | "file" | "link";

/** What was placed: a file with its size, which a hard link to it has too. */
export type Placed = { readonly kind: Exclude<Kind, "file"> } | PlacedFile;

interface PlacedFile {
  readonly kind: "file";
  readonly size: number;
}

/** The tree that entries make, so that each path is one thing and nothing lies below anything but a directory. */
export interface Places {
  /**
   * Enters a thing and gives the directories above it that were not there yet, topmost first.
   * @throws FactoryError "source-invalid" for a path that is taken, or that leads through a file or link.
   */
  readonly place: (path: string, placed: Placed) => readonly string[];
  /** The file at a path. @throws FactoryError "source-invalid" where no file stands there yet. */
  readonly fileAt: (path: string, by: string) => PlacedFile;
}

/** Names and directories that only they imply; no honest context has more. */
const mostEntries = 500_000;

export function createPlaces(archive: string): Places {
  const places = new Map<string, Placed>([["", { kind: "directory" }]]);
  const enter = (path: string, placed: Placed) => {
    if (places.size > mostEntries)
      throw new FactoryError("source-invalid", `${archive} has more than ${mostEntries} entries`, {
        hint: smaller,
      });
    places.set(path, placed);
  };
  return {
    place: (path, placed) => {
      const known = places.get(path);
      if (known?.kind === "directory" && placed.kind === "directory") return [];
      if (known !== undefined) throw refuseEntry(archive, path, "it stands in the archive twice");
      const missing: string[] = [];
      for (let above = parentOf(path); places.get(above)?.kind !== "directory"; above = parentOf(above)) {
        const between = places.get(above);
        if (between !== undefined)
          throw refuseEntry(
            archive,
            path,
            `${JSON.stringify(above)}, which it lies below, is a ${between.kind}`,
          );
        missing.unshift(above);
      }
      for (const directory of missing) enter(directory, { kind: "directory" });
      enter(path, placed);
      return missing;
    },
    fileAt: (path, by) => {
      const found = places.get(path);
      if (found?.kind === "file") return found;
      throw refuseEntry(
        archive,
        by,
        `it is a hard link to ${JSON.stringify(path)}, which is no file before it`,
      );
    },
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
