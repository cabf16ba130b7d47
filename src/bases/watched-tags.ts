import type { WatchedImage } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { once } from "../once.ts";
import type { RegistryClient } from "../registry/client.ts";
import { formatReference, formatRepository, parseReference, type Repository } from "../registry/reference.ts";
import type { StoredImages } from "../resolve/stored-images.ts";
import { onlyTag } from "./allow-tags.ts";
import type { BaseWatch, SeenBase } from "./base-watch.ts";
import { readContent } from "./content.ts";
import { buildCandidates, isWatchedBy, selectTag, type TagSelection } from "./select-tag.ts";

/** What became of looking at one image of somebody else. */
export type WatchedTag =
  | {
      readonly kind: "seen";
      readonly image: WatchedImage;
      readonly selection: TagSelection;
      /** Every tag of the repository; undefined where the rule names one tag and no list was needed. */
      readonly tags: readonly string[] | undefined;
      /** The selected tag's. */
      readonly base: SeenBase | undefined;
      /** Tags that the rule allows and that were not looked at, because there are too many. */
      readonly passedOver: number;
    }
  | { readonly kind: "failed"; readonly image: WatchedImage; readonly error: FactoryError };

export interface WatchedTagsDoor {
  readonly watch: BaseWatch;
  readonly client: Pick<RegistryClient, "listTags">;
  readonly stored: StoredImages;
}

/** Tags whose config is read for one image: of more, the rule has to say which are meant. */
const mostBuilds = 25;

/** Finds the tag that each rule selects and sees it as a base. The tags of a repository are listed once. */
export function seeWatched(
  images: readonly WatchedImage[],
  { watch, client, stored }: WatchedTagsDoor,
): Promise<readonly WatchedTag[]> {
  const lists = new Map<string, Promise<readonly string[]>>();
  const list = (repository: Repository) =>
    once(lists, formatRepository(repository), () => client.listTags(repository));

  const builtAt = async (repository: Repository, tags: readonly string[]) => {
    const read = async (tag: string): Promise<readonly (readonly [string, string])[]> => {
      const { found } = await watch.lookUp(formatReference({ ...repository, tag }));
      if (found === undefined) return [];
      try {
        const { metadata } = await readContent({ repository, digest: found.digest }, stored);
        return metadata["created"] === undefined ? [] : [[tag, metadata["created"]]];
      } catch (error) {
        if (error instanceof FactoryError && error.code === "base-unusable") return [];
        throw error;
      }
    };
    return new Map((await Promise.all(tags.map(read))).flat());
  };

  const see = async (image: WatchedImage): Promise<WatchedTag> => {
    const { repository, rule } = image;
    const named = rule.strategy === "Digest" ? onlyTag(rule.allowTags ?? "^latest$") : undefined;
    const tags = named === undefined ? await list(repository) : undefined;
    const builds = rule.strategy === "NewestBuild" ? buildCandidates(rule, tags ?? []) : [];
    const candidates = builds.slice(0, mostBuilds);
    const selection = selectTag(rule, tags ?? [named ?? ""], await builtAt(repository, candidates));
    const base =
      selection.kind === "selected"
        ? await watch.see(formatReference({ ...repository, tag: selection.tag }))
        : undefined;
    return { kind: "seen", image, selection, tags, base, passedOver: builds.length - candidates.length };
  };

  return Promise.all(
    images.map((image) =>
      see(image).catch((error: unknown): WatchedTag => {
        if (error instanceof FactoryError) return { kind: "failed", image, error };
        throw error;
      }),
    ),
  );
}

/** The watched images that say something of a base: of its repository, by a rule that its tag is within. */
export function watchedOf(reference: string, watched: readonly WatchedImage[]): readonly WatchedImage[] {
  const parsed = parseReference(reference);
  return watched.filter((image) => isWatchedBy(image, parsed));
}
