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

/** How a repository of the same owner is read: by which credentials, and in which form an entry says so. */
export interface Access {
  readonly meant: GitCredentials;
  /** For `source.git.credentials`; undefined where the older form names the forge, and with it the token. */
  readonly written: Credentials | undefined;
  readonly provider: "github" | "gitlab" | undefined;
}

/** How the last entry of the same owner, on the same server and over the same protocol, is read. */
export function accessBeside(entries: readonly WrittenEntry[], url: string): Access | undefined {
  const sibling = entries.findLast((entry) => posix.dirname(entry.url) === posix.dirname(url));
  if (sibling?.credentials === undefined) return undefined;
  const { git, repo, provider = "github" } = sibling.image.source ?? {};
  const meant = sibling.credentials;
  if (repo !== undefined) return { meant, written: undefined, provider };
  const written = typeof git === "object" ? git.credentials : undefined;
  return written === undefined ? undefined : { meant, written, provider: undefined };
}
