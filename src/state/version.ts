import { isTag } from "../registry/reference.ts";

export const versionParts = ["major", "minor", "patch"] as const;
export type VersionPart = (typeof versionParts)[number];

/** Whether a version file may hold it: one to three numbers, with or without `v` before and a pre-release suffix after. */
export function isVersion(text: string): boolean {
  const number = "(?:0|[1-9]\\d{0,14})";
  return new RegExp(`^v?${number}(?:\\.${number}){0,2}(?:-[0-9A-Za-z.-]+)?$`).test(text) && isTag(text);
}

/** The version with a part incremented, by default its last; undefined for a pre-release, which nothing follows. */
export function versionAfter(version: string, part?: VersionPart): string | undefined {
  const [, prefix = "", numbers = "", suffix] = /^(v?)([\d.]+)(-.*)?$/.exec(version) ?? [];
  if (suffix !== undefined) return undefined;
  const given = numbers.split(".").map(Number);
  const at = part === undefined ? given.length - 1 : versionParts.indexOf(part);
  const before = Array.from({ length: at }, (_, index) => given[index] ?? 0);
  const after = given.slice(at + 1).map(() => 0);
  return prefix + [...before, (given[at] ?? 0) + 1, ...after].join(".");
}

/** As `{version}` renders it. */
export function plainVersion(version: string): string {
  return version.replace(/^v/, "");
}

/** What a publication made of its image's version file. */
export interface PublishedVersion {
  /** The version as the file has it, and its tag. */
  readonly tag: string;
  /** What the file held: another version where an increment was still owed to it. */
  readonly held: string;
  /** What the file is to hold from now on; undefined for a pre-release. */
  readonly next?: string;
}

/** What a version file that holds `held` has to hold after that publication; undefined where that is somebody else's version. */
export function owedTo(held: string, published: PublishedVersion | undefined): string | undefined {
  return published !== undefined && [published.tag, published.held].includes(held)
    ? published.next
    : undefined;
}
