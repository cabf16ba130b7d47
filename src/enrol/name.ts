import { posix } from "node:path";
import { keepsDockerfiles, variantOf } from "./dockerfiles.ts";

/** As images.schema.json has it. */
const longest = 40;

/**
 * A name for the image of a Dockerfile: the repository's, or that of the folder in which it lies, with what the file's
 * name adds; with more of the path, and then a number, where that is taken.
 */
export function proposeName(
  dockerfile: string,
  repositoryPath: string,
  isTaken: (name: string) => boolean,
): string {
  const repository = posix.basename(repositoryPath);
  const folder = posix
    .dirname(dockerfile)
    .split("/")
    .findLast((part) => part !== "." && !keepsDockerfiles(part));
  const variant = variantOf(dockerfile);
  const proposals = [
    validName([folder ?? repository, variant]),
    validName([repository, folder, variant]),
    validName([repository, posix.dirname(dockerfile), variant]),
  ];
  const free = proposals.find((name) => !isTaken(name));
  if (free !== undefined) return free;
  const [first] = proposals;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const name = `${cut(first ?? "image", longest - suffix.length)}${suffix}`;
    if (!isTaken(name)) return name;
  }
}

/** Words as a name that images.yaml takes: lower-case letters and digits with single . _ - between them. */
function validName(words: readonly (string | undefined)[]): string {
  const plain = words
    .filter((word) => word !== undefined)
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/[._-]*-[._-]*|([._])[._]+/g, (_, repeated: string | undefined) => repeated ?? "-");
  const name = cut(plain, longest);
  if (name === "") return "image";
  return name === "all" ? "all-image" : name;
}

function cut(name: string, length: number): string {
  return name
    .replace(/^[._-]+/, "")
    .slice(0, length)
    .replace(/[._-]+$/, "");
}
