import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { sentSources } from "../dockerfile/sent-sources.ts";
import type { Enrolled, Enrolment, GitSource } from "../enrolment/enrolment.ts";
import { parseGitAddress } from "../enrolment/git-address.ts";
import type { Image } from "../enrolment/images-file.generated.ts";
import { seen } from "../enrolment/problem.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty } from "../non-empty.ts";
import { hostPlatform, type Platform } from "../platform.ts";
import type { BrowsedRepository } from "../source/git/browse.ts";
import { parseDockerfilePath, pathMissing } from "../source/source-path.ts";
import { addEntries, type ImagesText, withoutMark } from "./add-entries.ts";
import { type ProposedContext, proposeContext } from "./context.ts";
import { findDockerfiles } from "./dockerfiles.ts";
import { entryOf, readWritten, withPlatforms } from "./entry.ts";
import { buildablePlatforms, type SeenBases } from "./look-at-bases.ts";
import { proposeName } from "./name.ts";
import { repositoryPathOf } from "./repository-path.ts";
import { accessBeside, destinationBeside } from "./siblings.ts";

/** `REPO=`, `BRANCH=`, `DOCKERFILE=` and `NAME=`. */
export interface EnrolWords {
  readonly repository: string;
  readonly ref: string | undefined;
  readonly dockerfile: string | undefined;
  readonly name: string | undefined;
}

/** A Dockerfile for which an entry is proposed. */
export interface ProposedImage {
  readonly entry: Image;
  readonly dockerfile: string;
  readonly context: ProposedContext;
  readonly bases: SeenBases;
  /** What it is built for, by the entry or by default. */
  readonly platforms: readonly Platform[];
}

export interface Proposal {
  readonly images: readonly ProposedImage[];
  readonly enrolledAlready: readonly { readonly dockerfile: string; readonly image: Enrolment }[];
  /** Dockerfiles that cannot be built as they are; none of them was asked for by name. */
  readonly refused: readonly { readonly dockerfile: string; readonly error: FactoryError }[];
  /** What the ref was chosen for: the newest release; undefined where it was given or there is none. */
  readonly release: string | undefined;
  /** images.yaml as it would be. */
  readonly text: string;
}

export interface ProposalDoor {
  readonly browse: (source: GitSource) => Promise<BrowsedRepository>;
  /** Looks at the bases of an image as it would be enrolled among these. */
  readonly basesOf: (image: Enrolment, dockerfile: Dockerfile, enrolled: Enrolled) => Promise<SeenBases>;
}

/**
 * Finds what of a repository can be enrolled and makes the entries.
 * @param enrolled what images.yaml enrols, by its text.
 * @throws FactoryError "usage", "dockerfile-invalid" when there is nothing to build, "images-invalid" when an entry
 *   does not fit the others, and as `browseGit`.
 */
export async function proposeImages(
  words: EnrolWords,
  file: ImagesText,
  enrolled: Enrolled,
  door: ProposalDoor,
): Promise<Proposal> {
  const address = parseGitAddress(words.repository, file.folder);
  if (!("url" in address)) {
    throw new FactoryError("usage", `REPO: ${address.expected}, got ${seen(words.repository, undefined)}`);
  }
  const { defaults, entries } = readWritten(withoutMark(file.text), enrolled);
  const access = accessBeside(entries, address.url);
  const source: GitSource = {
    kind: "git",
    url: address.url,
    ref: words.ref,
    directory: ".",
    credentials: access?.meant,
    submodules: false,
    lfs: false,
  };
  const repository = await door.browse(source);
  const dockerfiles = await dockerfilesOf(repository, words.dockerfile);
  const enrolledAlready = dockerfiles.flatMap((dockerfile) => {
    const image = enrolled.images.find((other) => builds(other, address.url, dockerfile, words.ref));
    return image === undefined ? [] : [{ dockerfile, image }];
  });
  const fresh = dockerfiles.filter((path) => !enrolledAlready.some(({ dockerfile }) => dockerfile === path));
  checkName(words.name, fresh, enrolled);

  const taken = new Set([...enrolled.images, ...enrolled.watched].map(({ name }) => name));
  const refused: { dockerfile: string; error: FactoryError }[] = [];
  const attempt = async <T>(dockerfile: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const unfit =
        error instanceof FactoryError && error.exitStatus === 65 && error.code !== "images-invalid";
      if (!unfit || words.dockerfile !== undefined) throw error;
      refused.push({ dockerfile, error });
      return undefined;
    }
  };
  const drafts: Draft[] = [];
  for (const path of fresh) {
    const draft = await attempt(path, async (): Promise<Draft> => {
      const dockerfile = await readDockerfile(repository, path);
      const settings = { platform: hostPlatform(), buildPlatform: hostPlatform(), target: defaults.target };
      const sources = sentSources(dockerfile, { ...settings, args: defaults.args ?? {} });
      const context = proposeContext(path, sources, repository.files);
      const name = words.name ?? proposeName(path, repositoryPathOf(address.url), (one) => taken.has(one));
      const { ref, version } = repository;
      const beside = destinationBeside(entries, address.url, name);
      const source = { address: words.repository, url: address.url, ref, access };
      const entry = entryOf({ name, ...source, beside, path, context: context.context, version }, defaults);
      return { entry, path, dockerfile, context };
    });
    if (draft === undefined) continue;
    taken.add(draft.entry.name);
    drafts.push(draft);
  }
  const whole = await addEntries(file, enrolled, drafts);
  const images: ProposedImage[] = [];
  for (const { entry, path, dockerfile, context } of drafts) {
    const image = whole.enrolled.images.find(({ name }) => name === entry.name);
    if (image === undefined) throw new Error(`${entry.name} was written and not read back`);
    const proposed = await attempt(path, async (): Promise<ProposedImage> => {
      const bases = await door.basesOf(image, dockerfile, whole.enrolled);
      const platforms = buildablePlatforms(image, bases);
      if (!isNonEmpty(platforms)) throw noPlatform(path, bases);
      const isWhole = platforms.length === image.platforms.length;
      return {
        entry: isWhole ? entry : withPlatforms(entry, platforms),
        dockerfile: path,
        context,
        bases,
        platforms,
      };
    });
    if (proposed !== undefined) images.push(proposed);
  }
  const [first] = refused;
  if (first !== undefined && images.length === 0 && enrolledAlready.length === 0) throw first.error;
  const release = words.ref === undefined ? repository.ref : undefined;
  const { text } = await addEntries(file, enrolled, images);
  return { images, enrolledAlready, refused, release, text };
}

interface Draft {
  readonly entry: Image;
  readonly path: string;
  readonly dockerfile: Dockerfile;
  readonly context: ProposedContext;
}

async function dockerfilesOf(
  repository: BrowsedRepository,
  wanted: string | undefined,
): Promise<readonly string[]> {
  const found = findDockerfiles(repository.files);
  if (wanted !== undefined) {
    const path = parseDockerfilePath(wanted);
    if ((await repository.readText(path)) !== undefined) return [path];
    throw new FactoryError("dockerfile-invalid", `${repository.name} has no Dockerfile ${path}`, {
      hint: found.length === 0 ? "It has none at all." : `It has: ${found.join(", ")}.`,
    });
  }
  if (found.length > 0) return found;
  throw new FactoryError("dockerfile-invalid", `${repository.name} has no Dockerfile`, {
    hint: "Name another branch, tag or commit by BRANCH=, or a file that is called otherwise by DOCKERFILE=.",
  });
}

async function readDockerfile(repository: BrowsedRepository, path: string): Promise<Dockerfile> {
  const text = await repository.readText(parseDockerfilePath(path));
  if (text === undefined) throw pathMissing("dockerfile", path, repository.name);
  return parseDockerfile(text, path);
}

/** Whether an image is built from that Dockerfile already, from any ref or from the one that is asked for. */
function builds(
  { source, dockerfile }: Enrolment,
  url: string,
  path: string,
  ref: string | undefined,
): boolean {
  if (source.kind !== "git" || repositoryPathOf(source.url) !== repositoryPathOf(url)) return false;
  return posix.join(source.directory, dockerfile ?? "") === path && (ref === undefined || ref === source.ref);
}

function checkName(name: string | undefined, fresh: readonly string[], enrolled: Enrolled): void {
  if (name === undefined) return;
  if (fresh.length > 1) {
    throw new FactoryError("usage", `NAME=${name} is for one image, and there are ${fresh.length}`, {
      hint: `Name one of them: ${fresh.map((path) => `DOCKERFILE=${path}`).join(", ")}.`,
    });
  }
  const other = [...enrolled.images, ...enrolled.watched].find((one) => one.name === name);
  if (other === undefined || fresh.length === 0) return;
  throw new FactoryError("usage", `NAME=${name} is taken (${other.position})`, { hint: "Choose another." });
}

function noPlatform(path: string, { failures }: SeenBases): FactoryError {
  const problems = [...new Set(failures.map(({ error }) => error.message))];
  return new FactoryError("base-platform-missing", `${path}: its bases have no platform in common`, {
    problems,
  });
}
