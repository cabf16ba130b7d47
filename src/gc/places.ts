import { cacheRepository } from "../build/layer-cache.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { stagingRepository } from "../publish/staging.ts";
import { formatRepository, parseRepository, type Repository } from "../registry/reference.ts";
import type { ImageRecord } from "../state/state-file.ts";
import type { NotedCache } from "./note.ts";

/** One repository that the factory writes to, and the images that it belongs to. */
export interface Place {
  readonly repository: Repository;
  readonly kind: "published" | "staging" | "cache";
  /** The repository itself, or the one whose staging or cache it is; a cache that no build uses any more stands for itself. */
  readonly published: Repository;
  /** Names, of enrolled images and of those that state alone still tells of. */
  readonly images: readonly string[];
}

/**
 * Every repository that the enrolment or a state names, with its staging repository: no others are looked at, for what
 * else a registry has is not known to be ours. With `selected` only those of the named images.
 */
export function placesOf(
  enrolments: readonly Enrolment[],
  records: ReadonlyMap<string, ImageRecord>,
  selected: ReadonlySet<string> | undefined,
): readonly Place[] {
  const images = new Map<string, { readonly repository: Repository; readonly names: Set<string> }>();
  const add = (repository: Repository, name: string) => {
    const key = formatRepository(repository);
    const known = images.get(key) ?? { repository, names: new Set<string>() };
    known.names.add(name);
    images.set(key, known);
  };
  for (const { name, repository } of enrolments) add(repository, name);
  // An image that has moved, and one that is enrolled no more, still has what it published before.
  for (const [name, { state }] of records)
    if (state !== undefined) add(parseRepository(state.repository), name);
  return [...images.values()]
    .map(({ repository, names }) => ({ repository, published: repository, images: [...names] }))
    .filter((place) => selected === undefined || place.images.some((name) => selected.has(name)))
    .flatMap((place) => [
      { ...place, kind: "published" as const },
      { ...place, kind: "staging" as const, repository: stagingRepository(place.repository) },
    ]);
}

/**
 * Every layer cache that settings name for the enrolled images, and that a build has noted: of earlier epochs, and of
 * settings that were changed since.
 */
export function cachePlaces(
  where: string | undefined,
  enrolments: readonly Enrolment[],
  records: ReadonlyMap<string, ImageRecord>,
  noted: readonly NotedCache[],
  selected: ReadonlySet<string> | undefined,
): readonly Place[] {
  const publishedOf = new Map(enrolments.map(({ name, repository }) => [name, repository]));
  const named = enrolments.flatMap(({ name: image, repository: published, platforms }) =>
    where === undefined
      ? []
      : platforms.map((platform) => {
          const epoch = records.get(image)?.state?.epoch;
          return { image, repository: cacheRepository(where, { image, published, platform, epoch }) };
        }),
  );
  const found = [
    ...named,
    ...noted.map(({ image, repository }) => ({ image, repository: parseRepository(repository) })),
  ];
  const places = new Map(
    found.map(({ image, repository }) => [
      formatRepository(repository),
      {
        kind: "cache" as const,
        repository,
        published: publishedOf.get(image) ?? repository,
        images: [image],
      },
    ]),
  );
  return [...places.values()].filter(
    ({ images }) => selected === undefined || images.some((name) => selected.has(name)),
  );
}
