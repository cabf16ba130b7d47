import { posix } from "node:path";
import type { GitCredentials } from "../enrolment/enrolment.ts";
import type { Credentials, Image } from "../enrolment/images-file.generated.ts";
import { repositoryPathOf } from "./repository-path.ts";

/** An entry of images.yaml as it is written, and what git address it means. */
export interface WrittenEntry {
  readonly image: Image;
  readonly url: string;
  readonly credentials: GitCredentials | undefined;
}

/** What a new entry takes over from those whose repositories have the same owner. */
export interface FromSiblings {
  readonly registry: string | undefined;
  readonly repository: string | undefined;
}

/** Where a new image of that name would stand beside those that are enrolled of the same owner; the last one counts. */
export function destinationBeside(entries: readonly WrittenEntry[], url: string, name: string): FromSiblings {
  const owner = posix.dirname(repositoryPathOf(url));
  const sibling = entries.findLast((entry) => posix.dirname(repositoryPathOf(entry.url)) === owner)?.image;
  const beside = sibling?.repository === undefined ? undefined : posix.dirname(sibling.repository);
  return {
    registry: sibling?.registry,
    repository: beside === undefined || beside === "." ? undefined : `${beside}/${name}`,
  };
}

/** The credentials by which a repository of the same owner is read, over the same protocol. */
export function credentialsBeside(
  entries: readonly WrittenEntry[],
  url: string,
): { readonly written: Credentials; readonly meant: GitCredentials } | undefined {
  for (const { image, url: other, credentials } of entries.toReversed()) {
    const git = image.source?.git;
    if (credentials === undefined || posix.dirname(other) !== posix.dirname(url)) continue;
    if (typeof git === "object" && git.credentials !== undefined)
      return { written: git.credentials, meant: credentials };
  }
  return undefined;
}
