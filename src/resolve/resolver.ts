import type { BaseRules } from "../bases/base-rules.ts";
import type { WatchedTag } from "../bases/watched-tags.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderValues } from "../enrolment/values.ts";
import { FactoryError } from "../errors.ts";
import type { ImageFacts } from "../plan/image-facts.ts";
import { enrolledBases } from "../plan/plan.ts";
import { referenceOf } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { parseReference } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { type ImageRecord, readRecord } from "../state/state-file.ts";
import { isOf } from "../state/tag-claim.ts";
import { createTurns } from "../turns.ts";
import { findPushed } from "./adopted-tag.ts";
import type { BaseImage, BaseImages, ResolvedBase } from "./base-images.ts";
import type { PlatformDockerfile } from "./dockerfile-bases.ts";
import { imageBases, type StandsOn } from "./image-bases.ts";
import type { SourceOpener } from "./open-source.ts";
import { unusedPins } from "./pins.ts";
import { platformFacts, readDockerfile } from "./platform-facts.ts";
import { createPublishers } from "./publishers.ts";
import type { SourceHandle } from "./source-handle.ts";
import { claimTags, createApartCheck } from "./tag-claims.ts";

/** An image with everything that planning and building need to know of it. */
export interface ResolvedImage {
  readonly facts: ImageFacts;
  readonly source: SourceHandle;
  /** By platform; undefined where there is no Dockerfile. */
  readonly dockerfiles: ReadonlyMap<Platform, PlatformDockerfile> | undefined;
  /** The image behind a reference of the Dockerfile, as it is pinned on this run. */
  readonly baseImage: (reference: string, platform: Platform) => Promise<BaseImage>;
}

export interface ResolverDoor {
  readonly client: RegistryClient;
  readonly bases: BaseImages;
  readonly stateDir: string;
  readonly clock: () => Date;
  readonly sources: SourceOpener;
  readonly rules: Omit<BaseRules, "lookUp">;
  /** References that are taken as pinned, so that they make no edge: `PIN=`. */
  readonly pins: ReadonlySet<string>;
  /** A tag of `TAG=`, for the images that it is for. */
  readonly extraTag: (image: string) => string | undefined;
  /** Whether the tags of images.yaml are the factory's to move. */
  readonly movesTags: boolean;
  readonly warn: (text: string) => void;
}

/** What was found out of the images that were asked for and of those under them, in the order of images.yaml. */
export interface Resolution {
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** What kept an image from being looked at, by its name: the others are not stopped by it. */
  readonly failures: ReadonlyMap<string, unknown>;
}

/** Finds out all that decides about images: sources, Dockerfiles, bases, what is recorded and what the registry has. */
export interface Resolver {
  /**
   * The named images and every enrolled image under them. Sources and bases are looked at once a run; state and tags
   * each time, for publications of this very run change them.
   * @throws FactoryError "images-invalid" when two of them publish to one tag, "usage" when `PIN=` names no base of
   *   them, which is a warning where others move the tags.
   */
  readonly resolve: (names: readonly string[]) => Promise<Resolution>;
  /** Looks at the images of somebody else that images.yaml watches; to be called before `close`. */
  readonly watched: () => Promise<readonly WatchedTag[]>;
  /**
   * Removes what was checked out and is not used, and writes down what was seen of bases; to be called when nothing
   * more is resolved or built.
   */
  readonly close: () => Promise<void>;
}

/** How far back it is looked for the version of a base that an image stands on. */
const rememberedBases = 10;

/** Images looked at side by side: enough to keep every connection busy, and few enough to hold in memory. */
const imagesAtOnce = 256;

export function createResolver(enrolments: readonly Enrolment[], door: ResolverDoor): Resolver {
  const byName = new Map(enrolments.map((enrolment) => [enrolment.name, enrolment]));
  const sources = new Map<string, Promise<SourceHandle>>();
  const sourceOf = (enrolment: Enrolment): Promise<SourceHandle> => {
    const known = sources.get(enrolment.name);
    if (known !== undefined) return known;
    const opened = door.sources.open(enrolment);
    sources.set(enrolment.name, opened);
    return opened;
  };
  const inTurn = createTurns(imagesAtOnce);
  const assertApart = createApartCheck(enrolments);
  const placeOf = new Map(enrolments.map(({ name }, place) => [name, place]));
  const inOrder = <T>(found: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...found].sort(([a], [b]) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0)));
  const publisherOf = createPublishers(enrolments, async (enrolment) => {
    const { commit, version } = await sourceOf(enrolment);
    return { commit, version };
  });
  const edgeOf = async (reference: string): Promise<Enrolment | undefined> =>
    door.pins.has(reference) ? undefined : publisherOf(parseReference(reference));

  // Read once for each resolution, however many images are built from one.
  let records = new Map<string, Promise<ImageRecord>>();
  const recordOf = (image: string): Promise<ImageRecord> => {
    const known = records.get(image) ?? readRecord(door.stateDir, image);
    records.set(image, known);
    return known;
  };

  const resolved = new Map<string, ImageFacts>();
  // Images that differ by their args share a Dockerfile.
  const parsed = new Map<string, Dockerfile>();
  const parse: typeof parseDockerfile = (text, path) => {
    const name = `${path}\n${text}`;
    const known = parsed.get(name) ?? parseDockerfile(text, path);
    parsed.set(name, known);
    return known;
  };

  const resolveImage = async (written: Enrolment): Promise<ResolvedImage> => {
    const opened = sourceOf(written);
    const recorded = recordOf(written.name);
    const claimed = recorded.then(({ state }) => claimTags(written, opened, state, door));
    claimed.catch(() => undefined);
    const [source, { state, hold, failures }] = await Promise.all([opened, recorded]);
    const enrolment = withCommit(written, source.commit);
    const basesOf = (built: StandsOn | undefined) =>
      imageBases(enrolment, built, {
        bases: door.bases,
        edgeOf,
        stateOf: async (image) => (await recordOf(image)).state,
        fixed: door.rules.fixed,
        sameVersion: door.rules.sameVersion,
        whyWait: door.rules.whyWait,
      });
    const builtOn = basesOf(state);
    const [{ tags, next }, first] = await Promise.all([
      claimed,
      readDockerfile(enrolment, source, builtOn.find, parse),
    ]);
    const pushed = await findPushed(
      { enrolment, tags, state, dockerfiles: first },
      {
        client: door.client,
        images: door.bases,
        clock: door.clock,
        now: basesOf(undefined),
        formerly: (reference, platform) => formerBases(reference, platform, state),
      },
    );
    // What was pushed stands on bases of its own.
    const bases = pushed === undefined ? builtOn : basesOf(pushed);
    const read = pushed === undefined ? first : await readDockerfile(enrolment, source, bases.find, parse);
    const layersTell = pushed !== undefined || state?.adopted !== undefined;
    const standing =
      isOf(state, enrolment.repository) &&
      (tags.some(({ holds }) => holds === state.digest) ||
        (await door.client.headManifest(enrolment.repository, state.digest)) !== undefined);
    const platforms = await platformFacts(enrolment, source, read, bases, layersTell);
    const { commit, version } = source;
    const baseProblems = await door.rules.problemsOf({ platforms });
    const facts = {
      ...{ enrolment, commit, version, platforms, state, standing, tags, baseProblems, hold, failures },
      ...(next && { next }),
      ...(pushed && { pushed }),
    };
    resolved.set(enrolment.name, facts);
    return {
      facts,
      source,
      dockerfiles: read,
      baseImage: async (reference, platform) => {
        const image = await bases.find(reference, platform);
        if (image !== undefined) return image;
        throw new FactoryError(
          "base-missing",
          `${enrolment.name}: its base ${reference} is not published yet`,
          {
            hint: "Build it first; a plain build of this image does so.",
          },
        );
      },
    };
  };

  /** What is known that a base once was: what the image was built on, and what was published or seen of the base. */
  const formerBases = async (
    reference: string,
    platform: Platform,
    built: ImageState | undefined,
  ): Promise<readonly ResolvedBase[]> => {
    const enrolled = await edgeOf(reference);
    const { registry, path } = enrolled?.repository ?? parseReference(reference);
    const own = Object.entries(built?.platforms[platform]?.inputs.bases ?? {});
    const recorded = own.flatMap(([name, digest]) => (referenceOf(name) === reference ? [digest] : []));
    const seen =
      enrolled === undefined
        ? await door.rules.formerly(reference)
        : ((await recordOf(enrolled.name)).state?.publications ?? []).map(({ digest }) => digest);
    const digests = new Set([...recorded, ...seen.slice(0, rememberedBases)]);
    return [...digests].map((digest) => ({ repository: { registry, path }, digest }));
  };

  let looked = false;
  return {
    watched: door.rules.watched,
    close: async () => {
      await door.sources.close();
      await door.rules.record(resolved.values());
    },
    resolve: async (names) => {
      records = new Map();
      const images = new Map<string, ResolvedImage>();
      const failures = new Map<string, unknown>();
      const look = async (name: string): Promise<readonly string[]> => {
        const enrolment = byName.get(name);
        if (enrolment === undefined) throw new Error(`${name} is not enrolled`);
        try {
          const image = await naming(enrolment, () => resolveImage(enrolment));
          images.set(name, image);
          return enrolledBases(image.facts);
        } catch (error) {
          failures.set(name, error);
          return [];
        }
      };
      for (let wave = new Set(names); wave.size > 0; ) {
        const below = (await Promise.all([...wave].map((name) => inTurn(() => look(name))))).flat();
        wave = new Set(below.filter((name) => !images.has(name) && !failures.has(name)));
      }
      const facts = [...images.values()].map((image) => image.facts);
      // Later looks are at some of the images of the first; one that failed may have had the base.
      const unused = !looked && failures.size === 0 ? unusedPins(door.pins, facts) : undefined;
      // Kargo gives pins for the bases of the Dockerfile that its Stage was written for.
      if (unused !== undefined && door.movesTags) throw unused;
      if (unused !== undefined) door.warn(`${unused.message}: npm run synth writes its Stage anew`);
      looked = true;
      assertApart(facts);
      return { images: inOrder(images), failures: inOrder(failures) };
    },
  };
}

/** The enrolment with this run's commit in its args, labels and annotations: from here on it is an input like any other. */
function withCommit(enrolment: Enrolment, commit: string | undefined): Enrolment {
  const { name, args, labels, annotations } = enrolment;
  return {
    ...enrolment,
    args: renderValues(name, args, commit),
    labels: renderValues(name, labels, commit),
    annotations: renderValues(name, annotations, commit),
  };
}

/** Says of which image an error is that a part without images threw. */
async function naming<T>(enrolment: Enrolment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FactoryError) || error.message.startsWith(`${enrolment.name}:`)) throw error;
    throw new FactoryError(error.code, `${enrolment.name}: ${error.message}`, {
      cause: error,
      problems: error.problems,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
