import type { Base } from "../dockerfile/bases.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { BaseFact } from "../plan/image-facts.ts";
import type { PendingBase, PendingCause } from "../plan/pending-base.ts";
import {
  type BasePlatform,
  baseName,
  type PlatformInputs,
  platformOf,
  referenceOf,
} from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import { stagingRepository } from "../publish/staging.ts";
import type { Digest } from "../registry/digest.ts";
import { parseReference, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import type { BaseImage, BaseImages, ResolvedBase } from "./base-images.ts";
import { type PlatformDockerfile, placeOf } from "./dockerfile-bases.ts";

/** A base of an image that has another digest than the one that the image was built on. */
export interface MovedBase {
  readonly enrolment: Enrolment;
  readonly reference: string;
  /** What is published of the base where it is enrolled itself. */
  readonly published: ImageState | undefined;
  readonly recorded: Digest;
  readonly current: Digest;
}

/** A digest that every image takes a base with, whatever is under its tag. */
export interface FixedBase {
  readonly digest: Digest;
  /** What its tag has been seen with last, where that is known. */
  readonly newer?: Digest;
  readonly cause: PendingCause;
}

export interface ImageBasesDoor {
  readonly bases: BaseImages;
  /** The enrolled image that publishes a reference. */
  readonly edgeOf: (reference: string) => Promise<Enrolment | undefined>;
  readonly stateOf: (image: string) => Promise<ImageState | undefined>;
  /** The digest that a reference is held at or pinned to. */
  readonly fixed: (reference: string) => Promise<FixedBase | undefined>;
  /**
   * What a platform that an image had not when it was built takes of the base that its other platforms were built on,
   * so that an image never mixes two versions of a base.
   */
  readonly sameVersion: (
    reference: string,
    recorded: Readonly<Record<string, Digest>>,
    platform: BasePlatform,
  ) => Promise<Digest | undefined>;
  /** Why an image is not to take a moved base yet; undefined when it may. */
  readonly whyWait: (moved: MovedBase) => Promise<PendingCause | undefined>;
}

/** The bases of one image, each with the digest that this run builds on. */
export interface ImageBases {
  /** Undefined for an enrolled base that was never published, or that its registry has lost: it will be built. */
  readonly find: (reference: string, platform: Platform) => Promise<BaseImage | undefined>;
  readonly fact: (base: Base, read: PlatformDockerfile) => Promise<BaseFact>;
}

/** What an image takes of one base: `base` is what is read, `digest` what counts in its key. */
interface Use {
  readonly base: ResolvedBase;
  readonly digest: Digest;
  readonly pending?: PendingBase;
  /** Somebody wants this digest and no newer one, and is not made to wait for it. */
  readonly isFixed?: boolean;
}

/** What is recorded of the bases that an image stands on. */
export interface StandsOn {
  readonly platforms: Readonly<Partial<Record<Platform, { readonly inputs: Pick<PlatformInputs, "bases"> }>>>;
}

export function imageBases(
  enrolment: Enrolment,
  state: StandsOn | undefined,
  door: ImageBasesDoor,
): ImageBases {
  const uses = new Map<string, Promise<Use | undefined>>();

  /** As it is now; undefined for an enrolled base that was never published. */
  const current = async (
    reference: string,
    platform: BasePlatform,
    edge: Published | undefined,
  ): Promise<Use | undefined> => {
    if (edge === undefined) {
      const fixed = await door.fixed(reference);
      const parsed = parseReference(reference);
      const base =
        fixed === undefined
          ? await door.bases.resolve(parsed)
          : { repository: { registry: parsed.registry, path: parsed.path }, digest: fixed.digest };
      const digest =
        platform === "build platform" ? base.digest : (await door.bases.platform(base, platform)).digest;
      const pending =
        fixed?.newer === undefined || fixed.newer === fixed.digest
          ? undefined
          : { base: reference, used: fixed.digest, newer: fixed.newer, cause: fixed.cause };
      return {
        base,
        digest,
        isFixed: fixed !== undefined && fixed.digest !== fixed.newer,
        ...(pending === undefined ? {} : { pending }),
      };
    }
    const digest =
      platform === "build platform" ? edge.state?.digest : edge.state?.platforms[platform]?.digest;
    if (digest === undefined) return undefined;
    return { base: { repository: edge.repository, digest }, digest };
  };

  /** As `current`; the error of an external base that its registry says cannot be built on. */
  const usable = async (
    reference: string,
    platform: BasePlatform,
    edge: Published | undefined,
  ): Promise<Use | FactoryError | undefined> => {
    try {
      return await current(reference, platform, edge);
    } catch (error) {
      if (edge === undefined && isOfBase(error)) return error;
      throw error;
    }
  };

  /** Why another platform that stands on the base cannot take what it has become: no platform takes it then. */
  const refusalOf = async (
    reference: string,
    platform: BasePlatform,
    edge: Published | undefined,
  ): Promise<FactoryError | undefined> => {
    const others = Object.keys(recordedDigests(state, reference)) as BasePlatform[];
    for (const other of others) {
      if (other === platform || (other !== "build platform" && !enrolment.platforms.includes(other)))
        continue;
      const taken = await usable(reference, other, edge);
      if (taken instanceof FactoryError) return taken;
    }
    return undefined;
  };

  const choose = async (reference: string, platform: BasePlatform): Promise<Use | undefined> => {
    const enrolled = await door.edgeOf(reference);
    const edge =
      enrolled === undefined
        ? undefined
        : { repository: enrolled.repository, state: await door.stateOf(enrolled.name) };
    const recorded =
      recordedDigest(state, baseName(reference, platform)) ??
      (edge === undefined
        ? await door.sameVersion(reference, recordedDigests(state, reference), platform)
        : undefined);
    const stay = (newer: Digest | undefined, cause: PendingCause, digest: Digest): Use => {
      const { registry, path } = edge?.repository ?? parseReference(reference);
      return {
        base: { repository: { registry, path }, digest },
        digest,
        pending: { base: reference, used: digest, newer, cause },
      };
    };
    const unusable = (error: FactoryError) => ({ kind: "unusable", problem: error.message }) as const;
    const now = await usable(reference, platform, edge);
    if (now instanceof FactoryError) {
      if (recorded === undefined) throw now;
      return stay(undefined, unusable(now), recorded);
    }
    if (now === undefined || recorded === undefined || now.digest === recorded) return now;
    const refusal = await refusalOf(reference, platform, edge);
    if (refusal !== undefined) return stay(now.digest, unusable(refusal), recorded);
    if (now.isFixed) return now;
    const moved = {
      enrolment,
      reference,
      published: edge?.state,
      recorded,
      current: now.digest,
    };
    const cause = await door.whyWait(moved);
    return cause === undefined ? now : stay(now.digest, cause, recorded);
  };

  const use = (reference: string, platform: BasePlatform): Promise<Use | undefined> => {
    const name = baseName(reference, platform);
    const known = uses.get(name) ?? choose(reference, platform);
    uses.set(name, known);
    return known;
  };

  const find = async (reference: string, platform: Platform): Promise<BaseImage | undefined> => {
    // What a stage on $BUILDPLATFORM was built on is recorded for every machine alike.
    const followed =
      recordedDigest(state, baseName(reference, platform)) === undefined &&
      recordedDigest(state, baseName(reference, "build platform")) !== undefined;
    const taken = await use(reference, followed ? "build platform" : platform);
    if (taken === undefined) return undefined;
    try {
      return await door.bases.platform(taken.base, platform);
    } catch (error) {
      if (!isOfBase(error)) throw error;
      // An enrolled base that its registry has lost is as good as never published: it will be again.
      if ((await door.edgeOf(reference)) !== undefined) return undefined;
      if (taken.pending === undefined) throw error;
      const kept = { repository: stagingRepository(enrolment.repository), digest: taken.base.digest };
      return door.bases.platform(kept, platform);
    }
  };

  const fact = async (base: Base, { onBuildPlatform }: PlatformDockerfile): Promise<BaseFact> => {
    const { reference } = base;
    const platform = onBuildPlatform.has(placeOf(base)) ? "build platform" : base.platform;
    const enrolled = await door.edgeOf(reference);
    const taken = await use(reference, platform);
    const pending = taken?.pending === undefined ? {} : { pending: taken.pending };
    if (enrolled === undefined) {
      if (taken === undefined) throw new Error(`${reference} is not enrolled and has no digest`);
      return { reference, platform, from: { kind: "external", digest: taken.digest }, ...pending };
    }
    assertPlatform(enrolment, enrolled, base);
    const stays = taken?.pending === undefined ? {} : { digest: taken.digest };
    return { reference, platform, from: { kind: "enrolled", image: enrolled.name, ...stays }, ...pending };
  };

  return { find, fact };
}

interface Published {
  readonly repository: Repository;
  readonly state: ImageState | undefined;
}

/** The digest of a base that an image was built on: the same for every platform of the image that has that base. */
function recordedDigest(state: StandsOn | undefined, name: string): Digest | undefined {
  for (const { inputs } of Object.values(state?.platforms ?? {})) {
    const digest = inputs.bases[name];
    if (digest !== undefined) return digest;
  }
  return undefined;
}

/** By platform, the digests of a base that an image was built on. */
function recordedDigests(state: StandsOn | undefined, reference: string): Readonly<Record<string, Digest>> {
  const all = Object.values(state?.platforms ?? {}).flatMap(({ inputs }) => Object.entries(inputs.bases));
  return Object.fromEntries(
    all.flatMap(([name, digest]) =>
      referenceOf(name) === reference ? [[platformOf(name), digest] as const] : [],
    ),
  );
}

/** Whether the registry has answered, and what it has cannot be built on. */
function isOfBase(error: unknown): error is FactoryError {
  return (
    error instanceof FactoryError && (error.code === "base-missing" || error.code === "base-platform-missing")
  );
}

function assertPlatform(image: Enrolment, base: Enrolment, { platform, line }: Base): void {
  if (base.platforms.includes(platform)) return;
  throw new FactoryError(
    "base-platform-missing",
    `${image.name}: ${image.dockerfile}:${line}: its base ${base.name} is not built for ${platform}`,
    { hint: `Add ${platform} to platforms of ${base.name} in images.yaml (${base.position}).` },
  );
}
