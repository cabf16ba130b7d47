import type { WatchedImage } from "../enrolment/enrolment.ts";
import type { ImageFacts } from "../plan/image-facts.ts";
import { externalBases } from "../plan/plan.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { formatReference, type Reference } from "../registry/reference.ts";
import type { ImageBasesDoor, MovedBase } from "../resolve/image-bases.ts";
import type { StoredImages } from "../resolve/stored-images.ts";
import { type BaseProblem, baseProblems } from "./base-problem.ts";
import { type BaseRecord, standsSince } from "./base-record.ts";
import { type BaseScans, withScans, worseFindings } from "./base-scan.ts";
import type { BaseWatch } from "./base-watch.ts";
import type { RecordChange } from "./record-store.ts";
import { fixedBase, recordedOn, whyWait } from "./wait.ts";
import { seeWatched, type WatchedTag, watchedOf } from "./watched-tags.ts";

export interface BaseRulesDoor {
  readonly watch: BaseWatch;
  /** What earlier runs recorded. */
  readonly records: () => Promise<ReadonlyMap<string, BaseRecord>>;
  readonly watched: readonly WatchedImage[];
  readonly client: Pick<RegistryClient, "listTags">;
  readonly stored: StoredImages;
  /** What a person asks for does not wait. */
  readonly mode: "manual" | "automatic";
  /** Whether the tags of enrolled images are the factory's to move: else what moves them has the say over dependants. */
  readonly movesTags: boolean;
  /** Scans what a base has become; undefined for a run that scans nothing, and knows what others recorded. */
  readonly scans: BaseScans | undefined;
  readonly clock: () => Date;
}

/** What the external bases of one run are, and what is known, recorded and decided of them. */
export interface BaseRules {
  /** The digest that a reference means now; undefined for a 404. @throws FactoryError as `BaseWatch.see`. */
  readonly lookUp: (reference: Reference) => Promise<Digest | undefined>;
  readonly fixed: ImageBasesDoor["fixed"];
  readonly sameVersion: ImageBasesDoor["sameVersion"];
  readonly whyWait: ImageBasesDoor["whyWait"];
  /** The digests that a reference is recorded to have had, newest first. */
  readonly formerly: (reference: string) => Promise<readonly Digest[]>;
  /** What is to be known of the bases of an image. */
  readonly problemsOf: (facts: Pick<ImageFacts, "platforms">) => Promise<readonly BaseProblem[]>;
  /** Looks at the images of somebody else that images.yaml watches. */
  readonly watched: () => Promise<readonly WatchedTag[]>;
  /** Writes down what this run has seen of the bases of these images. @throws FactoryError as `BaseWatch.record`. */
  readonly record: (images: Iterable<Pick<ImageFacts, "enrolment" | "platforms">>) => Promise<void>;
}

export function createBaseRules(door: BaseRulesDoor): BaseRules {
  const { watch, watched, mode, clock } = door;
  const changes = new Map<string, RecordChange>();

  const fixed: BaseRules["fixed"] = async (reference) => {
    const pinned = watchedOf(reference, watched).find((image) => image.pinned !== undefined)?.pinned;
    const known = (await door.records()).get(reference);
    const found = fixedBase(known, pinned, clock());
    if (found === undefined) return undefined;
    // It is built on whether or not its registry answers; what is there now is worth knowing.
    const seen = await watch.see(reference).catch(() => undefined);
    return fixedBase(seen?.record ?? known, pinned, clock());
  };

  /** What blocks what the base has become, and not what the image was built on. */
  const findingsOf = async (record: BaseRecord, { recorded, enrolment }: MovedBase) => {
    if (door.scans === undefined) return worseFindings(record, recorded, enrolment);
    const scans = await door.scans.scan(record, recorded, enrolment);
    const { reference } = record;
    const earlier = changes.get(reference) ?? ((before) => before);
    changes.set(reference, (before) => {
      const after = earlier(before);
      return after === undefined ? undefined : withScans(after, scans);
    });
    return worseFindings(withScans(record, scans), recorded, enrolment);
  };

  const whyWaitFor: BaseRules["whyWait"] = async (moved) => {
    if (mode === "manual") return undefined;
    const { rebuildDelayMs, platforms } = moved.enrolment;
    const waiting = { rebuildDelayMs, mode, now: clock() };
    if (moved.published !== undefined) {
      if (!door.movesTags) return { kind: "promotion" };
      const { adopted, publications, scan } = moved.published;
      const since = adopted?.firstSeen ?? publications[0]?.at ?? scan?.at;
      if (since === undefined) return undefined;
      return whyWait({ ...waiting, since, findings: [] });
    }
    const { record } = await watch.see(moved.reference);
    if (record === undefined) return undefined;
    const findings = await findingsOf(record, moved);
    return whyWait({ ...waiting, since: standsSince(record, platforms), findings });
  };

  const problemsOf: BaseRules["problemsOf"] = async ({ platforms }) => {
    const needs = new Map<string, Set<string>>();
    for (const { bases } of platforms) {
      for (const { reference, platform, from } of bases) {
        if (from.kind !== "external" || reference.includes("@")) continue;
        const known = needs.get(reference) ?? new Set();
        needs.set(reference, platform === "build platform" ? known : known.add(platform));
      }
    }
    const problems = [...needs].map(async ([reference, own]) => {
      const seen = await watch.see(reference).catch(async () => undefined);
      const record = seen?.record ?? (await door.records()).get(reference);
      if (record === undefined) return [];
      return baseProblems({
        record,
        needs: [...own],
        watched: watchedOf(reference, watched),
        now: clock(),
      });
    });
    return (await Promise.all(problems)).flat();
  };

  return {
    lookUp: async (reference) => (await watch.see(formatReference(reference))).digest,
    fixed,
    sameVersion: async (reference, recorded, platform) =>
      Object.keys(recorded).length === 0
        ? undefined
        : recordedOn((await door.records()).get(reference), recorded, platform),
    whyWait: whyWaitFor,
    formerly: async (reference) =>
      ((await door.records()).get(reference)?.digests ?? []).map(({ digest }) => digest),
    problemsOf,
    watched: () => seeWatched(watched, door),
    record: (images) => watch.record(shortestDelays(images), changes),
  };
}

/** By base: the shortest time, in milliseconds, that an image built on it waits. */
function shortestDelays(
  images: Iterable<Pick<ImageFacts, "enrolment" | "platforms">>,
): ReadonlyMap<string, number> {
  const delays = new Map<string, number>();
  for (const { enrolment, platforms } of images) {
    for (const reference of externalBases({ platforms })) {
      delays.set(
        reference,
        Math.min(delays.get(reference) ?? Number.POSITIVE_INFINITY, enrolment.rebuildDelayMs),
      );
    }
  }
  return delays;
}
