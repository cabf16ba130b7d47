import { watchedOf } from "../../src/bases/watched-tags.ts";
import type { Enrolment, WatchedImage } from "../../src/enrolment/enrolment.ts";
import { formatReference, parseReference } from "../../src/registry/reference.ts";
import type { FactoryProps } from "../factory-props.ts";
import { baseNames, kargoNames } from "../names.ts";
import type { FreightImage } from "./expressions.ts";
import { type GitWatch, gitWatch } from "./git-watch.ts";
import { repoURL } from "./repositories.ts";
import { digestTag } from "./tag-rules.ts";

/** An image of others that images here are built from. */
export interface Base extends FreightImage {
  readonly reference: string;
  readonly tag: string;
  /** Stage in which what it has become stands its time; undefined where nobody waits for it. */
  readonly seen: string | undefined;
  /** Whether an entry of images.yaml watches that very tag, and has the Warehouse. */
  readonly isWatched: boolean;
}

/** Freight that a build Stage asks for. */
interface Request {
  readonly warehouse: string;
  /** Stages that have to have had it; undefined takes it from the Warehouse. */
  readonly from?: string;
  readonly soakMs?: number;
}

/** What Kargo does for one image. */
export interface ImageFlow {
  readonly image: Enrolment;
  /** What is published of it. */
  readonly output: FreightImage;
  readonly source: GitWatch;
  readonly requests: readonly Request[];
  /** Bases whose digest the build is told. */
  readonly pinned: readonly (FreightImage & { readonly reference: string })[];
}

export interface Flow {
  readonly bases: readonly Base[];
  readonly images: readonly ImageFlow[];
}

/** From what to what Freight goes, in the order of images.yaml. */
export function flowOf(props: FactoryProps): Flow {
  const { settings, enrolled, edges } = props;
  const bases = basesOf(props);
  const outputOf = new Map(
    enrolled.images.map(({ name, repository }): [string, FreightImage] => [
      name,
      { warehouse: kargoNames.output(name), repoURL: repoURL(repository, settings) },
    ]),
  );
  const images = enrolled.images.map((image): ImageFlow => {
    const { name, rebuildDelayMs } = image;
    const { external = [], enrolled: below = [], onTag = false } = edges.get(name) ?? {};
    const source = gitWatch(image, onTag, settings);
    const taken = external.flatMap((reference) => bases.get(reference) ?? []);
    const soak = rebuildDelayMs > 0 ? { soakMs: rebuildDelayMs } : {};
    const own = new Set(below.map((edge) => edge.image));
    return {
      image,
      output: found(outputOf, name),
      source,
      requests: [
        ...(source.kind === "watched" ? [{ warehouse: kargoNames.source(name) }] : []),
        ...taken.map(({ warehouse, seen }) =>
          rebuildDelayMs > 0 && seen !== undefined ? { warehouse, from: seen, ...soak } : { warehouse },
        ),
        ...[...own].map((base) => ({
          warehouse: found(outputOf, base).warehouse,
          from: kargoNames.stable(base),
          ...soak,
        })),
      ],
      pinned: [
        ...taken,
        ...below.map(({ reference, image: base }) => ({ reference, ...found(outputOf, base) })),
      ],
    };
  });
  return { bases: [...bases.values()], images };
}

/** By reference, sorted. One that images.yaml pins stays what it is, whatever its tag becomes. */
function basesOf({ settings, enrolled, edges }: FactoryProps): ReadonlyMap<string, Base> {
  const watchedByTag = new Map<string, WatchedImage>();
  for (const image of enrolled.watched) {
    const tag = digestTag(image);
    if (tag === undefined) continue;
    const reference = formatReference({ ...image.repository, tag });
    if (!watchedByTag.has(reference)) watchedByTag.set(reference, image);
  }
  const waiting = new Map<string, boolean>();
  for (const { name, rebuildDelayMs } of enrolled.images) {
    for (const reference of edges.get(name)?.external ?? [])
      waiting.set(reference, waiting.get(reference) === true || rebuildDelayMs > 0);
  }
  const bases = new Map<string, Base>();
  for (const reference of [...waiting.keys()].toSorted()) {
    if (watchedOf(reference, enrolled.watched).some(({ pinned }) => pinned !== undefined)) continue;
    const { registry, path, tag = "latest" } = parseReference(reference);
    const watched = watchedByTag.get(reference);
    bases.set(reference, {
      reference,
      tag,
      repoURL: repoURL({ registry, path }, settings),
      warehouse: watched === undefined ? baseNames.warehouse(reference) : kargoNames.output(watched.name),
      seen: waiting.get(reference) === true ? baseNames.seen(reference) : undefined,
      isWatched: watched !== undefined,
    });
  }
  return bases;
}

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`${name} is not enrolled`);
  return value;
}
