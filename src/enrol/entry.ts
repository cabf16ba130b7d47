import type { Enrolled } from "../enrolment/enrolment.ts";
import type { Defaults, Image } from "../enrolment/images-file.generated.ts";
import { flattened } from "../enrolment/older-forms.ts";
import { factsOf } from "../enrolment/tags.ts";
import { readYaml } from "../enrolment/yaml-tree.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import { repositoryPathOf } from "./repository-path.ts";
import type { Access, FromSiblings, WrittenEntry } from "./siblings.ts";

/** What an entry is made of. */
export interface EntryFacts {
  readonly name: string;
  /** The address as it was asked for. */
  readonly address: string;
  /** The address as git has it. */
  readonly url: string;
  readonly ref: string | undefined;
  readonly access: Access | undefined;
  readonly beside: FromSiblings;
  /** Of the Dockerfile. */
  readonly path: string;
  readonly context: string;
  /** SemVer of the ref; undefined where it has none. */
  readonly version: string | undefined;
}

/** An entry that says what the defaults do not, and its tags. */
export function entryOf(facts: EntryFacts, defaults: Defaults): Image {
  const { registry, repository } = defaults.registry === undefined ? facts.beside : {};
  const tags = tagsOf(facts.version, defaults);
  return {
    name: facts.name,
    source: sourceOf(facts),
    ...(registry === undefined ? {} : { registry }),
    ...(repository === undefined ? {} : { repository }),
    ...(facts.path === (defaults.dockerfile ?? "Dockerfile") ? {} : { dockerfile: facts.path }),
    ...(facts.context === (defaults.context ?? ".") ? {} : { context: facts.context }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** In the older form where entries of the same owner are written so. */
function sourceOf({ address, url, ref, access }: EntryFacts): NonNullable<Image["source"]> {
  if (access?.provider !== undefined) {
    const repo = repositoryPathOf(url).replace(/^[^/]*\//, "");
    return { provider: access.provider, repo, ...(ref === undefined ? {} : { branch: ref }) };
  }
  const credentials = access?.written;
  if (ref === undefined && credentials === undefined) return { git: address };
  return {
    git: {
      url: address,
      ...(ref === undefined ? {} : { ref }),
      ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    },
  };
}

/** None where the defaults have some that this source can fill in. */
function tagsOf(version: string | undefined, defaults: Defaults): Image["tags"] {
  if (defaults.tags?.every((tag) => version !== undefined || !factsOf(tag).includes("version")))
    return undefined;
  return version === undefined ? ["latest"] : ["{version}", "latest"];
}

/** The entry with its platforms, before its tags. */
export function withPlatforms(entry: Image, platforms: NonEmpty<Platform>): Image {
  const { tags, ...others } = entry;
  const [first, ...more] = platforms;
  return { ...others, platforms: [first, ...more], ...(tags === undefined ? {} : { tags }) };
}

/** The defaults and the entries with a git source as images.yaml has them; expects a text that was read as `enrolled`. */
export function readWritten(
  text: string,
  enrolled: Enrolled,
): { readonly defaults: Defaults; readonly entries: readonly WrittenEntry[] } {
  const value = readYaml(text).value as
    | readonly Image[]
    | { defaults?: Defaults; images: readonly Image[] }
    | null;
  const { defaults = {}, images = [] } = value === null ? {} : "images" in value ? value : { images: value };
  const entries = images.flatMap((image) => {
    const source = enrolled.images.find(({ name }) => name === image.name)?.source;
    return source?.kind === "git"
      ? [{ image: flattened(image), url: source.url, credentials: source.credentials }]
      : [];
  });
  return { defaults, entries };
}
