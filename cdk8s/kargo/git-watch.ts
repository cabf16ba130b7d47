import { posix } from "node:path";
import type { ClusterSettings } from "../../src/cluster/cluster-settings.ts";
import type { Enrolment, GitSource } from "../../src/enrolment/enrolment.ts";
import { isCommit } from "../../src/source/git/refs.ts";

/** What Kargo looks at of an image's source, or why it does not, for people; neither where nothing there moves. */
export type GitWatch =
  | { readonly kind: "watched"; readonly subscription: GitSubscription }
  | { readonly kind: "unwatched"; readonly why: string }
  | { readonly kind: "still" };

/** Fields of Kargo's git subscription. */
interface GitSubscription {
  readonly repoURL: string;
  readonly branch?: string;
  readonly includePaths?: readonly string[];
  readonly excludePaths?: readonly string[];
}

/** The addresses that Kargo 1.11 takes and that may stand in its expressions. */
const httpAddress = /^https?:\/\/[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?\/[^{}"$]+$/;
const sshAddress =
  /^(?:ssh:\/\/(?:[\w-]+@)?[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?\/|[\w-]+@[\w+]+(?:\.[\w-]+)*:)[^{}"$]+$/;
const branchName = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9_-])?$/;

/** What the factory commits to a state repository. */
const stateFolders = ["images", "base-images", "receipts", "gc"];

/** Another CI builds pushes to a source with a workflow, and a commit or tag is expected to stay. */
export function gitWatch(image: Enrolment, onTag: boolean, { state }: ClusterSettings): GitWatch {
  const { source, workflow } = image;
  if (source.kind === "archive" && source.place.kind === "url" && source.digest === undefined)
    return { kind: "unwatched", why: "Kargo watches no archives, at which each scheduled rebuild looks" };
  if (source.kind !== "git" || workflow !== undefined || onTag) return { kind: "still" };
  const ref = source.ref?.replace(/^refs\/heads\//, "");
  if (ref !== undefined && isCommit(ref.toLowerCase())) return { kind: "still" };
  if (!httpAddress.test(source.url) && !sshAddress.test(source.url))
    return { kind: "unwatched", why: `Kargo does not take the address ${source.url}` };
  if (ref !== undefined && !branchName.test(ref))
    return { kind: "unwatched", why: `Kargo takes no branch of the name ${ref}` };
  const paths = sentPaths(image, source);
  const excluded =
    state.kind === "repository" && sameRepository(state.url, source.url) ? ownFiles(image) : [];
  return {
    kind: "watched",
    subscription: {
      repoURL: source.url,
      ...(ref === undefined ? {} : { branch: ref }),
      ...(paths.length === 0 ? {} : { includePaths: paths.map(literalPath) }),
      ...(excluded.length === 0 ? {} : { excludePaths: excluded }),
    },
  };
}

/** The context, and the Dockerfile where it lies outside of it; nothing where the context is the whole repository. */
function sentPaths({ context, dockerfile }: Enrolment, { directory }: GitSource): readonly string[] {
  const folder = posix.join(directory, context).replace(/\/$/, "");
  if (folder === ".") return [];
  const file = posix.join(directory, dockerfile ?? "Dockerfile");
  return file.startsWith(`${folder}/`) ? [folder] : [folder, file];
}

/** Kargo would read a path that begins so as a pattern. */
function literalPath(path: string): string {
  return /^(?:glob|regexp?):/.test(path) ? `./${path}` : path;
}

/** A build that is committed is no reason to build. */
function ownFiles({ versionFile }: Enrolment): readonly string[] {
  return versionFile === undefined
    ? stateFolders
    : [...stateFolders, `glob:**/${posix.basename(versionFile)}`];
}

function sameRepository(one: string, other: string): boolean {
  const plain = (url: string) => url.replace(/(?:\.git)?\/*$/, "").toLowerCase();
  return plain(one) === plain(other);
}
