import { join } from "node:path";
import { once } from "../once.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseReference } from "../registry/reference.ts";
import type { StoredImages } from "../resolve/stored-images.ts";
import { type BaseRecord, observe, type Sighting, withEligibility } from "./base-record.ts";
import { readContent } from "./content.ts";
import { createLookUps, type LookUp } from "./look-ups.ts";
import { changeBaseRecords, type RecordChange, readBaseRecords } from "./record-store.ts";

export interface BaseWatchDoor {
  readonly client: Pick<RegistryClient, "lookUp">;
  readonly stored: StoredImages;
  readonly stateDir: string;
  readonly workDir: string;
  readonly clock: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/** A base as this run sees it. */
export interface SeenBase {
  /** What its reference means; undefined when its registry answered 404. */
  readonly digest: Digest | undefined;
  /** What is known of it, with what this run saw; undefined for a base that never was there. */
  readonly record: BaseRecord | undefined;
}

/** Watches the bases of one run. References are normalised, with a tag. */
export interface BaseWatch {
  /**
   * Asks for a base, once a run however many images are built on it.
   * @throws FactoryError as `RegistryClient.lookUp`, and of a digest that was never seen as `StoredImages`: what
   *   failed is no sighting and leaves the record as it is.
   */
  readonly see: (reference: string) => Promise<SeenBase>;
  /** What a tag means, without a record of its own. @throws FactoryError as `RegistryClient.lookUp`. */
  readonly lookUp: (reference: string) => Promise<LookUp>;
  /**
   * Writes down what was seen, and what else is to be changed in records. `delays` has the shortest rebuildDelay, in
   * milliseconds, of the images that are built on a base.
   * @throws FactoryError "state-invalid", "locked".
   */
  readonly record: (
    delays?: ReadonlyMap<string, number>,
    changes?: ReadonlyMap<string, RecordChange>,
  ) => Promise<void>;
}

export function createBaseWatch(door: BaseWatchDoor): BaseWatch {
  const { client, clock, stateDir, workDir } = door;
  const cacheFile = join(workDir, "cache", "base-look-ups.json");
  const { lookUp, keep } = createLookUps({ client, clock, cacheFile });
  const asked = new Map<string, Promise<SeenBase>>();
  const sightings = new Map<string, Sighting>();
  let records: Promise<ReadonlyMap<string, BaseRecord>> | undefined;

  const look = async (reference: string): Promise<SeenBase> => {
    records ??= readBaseRecords({ stateDir, workDir });
    const [known, { at, found }] = await Promise.all([records, lookUp(reference)]);
    const before = known.get(reference);
    const sighting: Sighting =
      found === undefined
        ? { kind: "missing", at }
        : { kind: "found", at, content: await contentOf(reference, found.digest, before) };
    sightings.set(reference, sighting);
    return { digest: found?.digest, record: observe(reference, before, sighting) };
  };

  const contentOf = (reference: string, digest: Digest, before: BaseRecord | undefined) => {
    const [newest] = before?.digests ?? [];
    if (newest?.digest === digest) return { ...newest, metadata: {} };
    const { registry, path } = parseReference(reference);
    return readContent({ repository: { registry, path }, digest }, door.stored);
  };

  return {
    lookUp,
    see: (reference) => once(asked, reference, () => look(reference)),
    record: async (delays = new Map(), changes = new Map()) => {
      const all = new Map<string, RecordChange>();
      for (const reference of new Set([...sightings.keys(), ...changes.keys()])) {
        all.set(reference, (before) => {
          const sighting = sightings.get(reference);
          const after = sighting === undefined ? before : observe(reference, before, sighting);
          const delayMs = delays.get(reference);
          const changed = changes.get(reference)?.(after) ?? after;
          return changed === undefined || delayMs === undefined ? changed : withEligibility(changed, delayMs);
        });
      }
      await changeBaseRecords(all, { stateDir, workDir, signal: door.signal });
      await keep();
    },
  };
}
