import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import { type HeldLease, withLease } from "../state/lease.ts";
import { sharedLock, withLock } from "../state/lock.ts";
import { sharedState } from "../state/shared-state.ts";
import { type CollectDoor, type Collected, collect, type Decision, decide } from "./collect.ts";
import { readInventory } from "./inventory.ts";
import type { Place } from "./places.ts";
import { freedBytes } from "./sweep.ts";

/** What goes of one repository, and what became of it. */
export interface PlaceReport {
  readonly place: Place;
  readonly decision?: Decision;
  /** At most what is freed; shared blobs are not counted. */
  readonly bytes: number;
  /** Undefined for what was only announced. */
  readonly collected?: Collected;
  /** Nothing was deleted here, or no more: what could not be asked counts as needed. */
  readonly error?: FactoryError;
}

/** Finds out what goes of every repository; a failure stops the work on that one. */
export async function announce(places: readonly Place[], door: CollectDoor): Promise<readonly PlaceReport[]> {
  const recorded = await door.recorded();
  const reports: PlaceReport[] = [];
  const basesOf = new Map<string, readonly Digest[]>();
  for (const place of places) {
    door.signal.throwIfAborted();
    const published = formatRepository(place.published);
    const bases = place.kind === "staging" ? (basesOf.get(published) ?? []) : [];
    try {
      const decision = await decide(place, recorded, bases, door);
      if (place.kind === "published") basesOf.set(published, decision.bases);
      reports.push({ place, decision, bytes: 0 });
    } catch (error) {
      reports.push({ place, bytes: 0, error: failureOfPlace(error) });
    }
  }
  return weigh(reports, door);
}

/** Deletes what was announced, one repository after another, while no other gc works on the same state or in the cluster. */
export async function carryOut(
  reports: readonly PlaceReport[],
  door: CollectDoor,
): Promise<readonly PlaceReport[]> {
  const lock = await sharedLock(door.stateDir, "gc");
  const { leases } = sharedState(door.stateDir);
  const alone = <T>(work: (check: HeldLease["check"]) => Promise<T>) =>
    withLock(lock, { signal: door.signal }, () =>
      withLease(leases, { name: "gc", of: "npm run gc" }, door.signal, work),
    );
  return alone(async (check) => {
    const done: PlaceReport[] = [];
    for (const report of reports) {
      check();
      const { decision } = report;
      if (decision === undefined) done.push(report);
      else {
        try {
          done.push({ ...report, collected: await collect(decision, door) });
        } catch (error) {
          done.push({ ...report, error: failureOfPlace(error) });
        }
      }
    }
    return done;
  });
}

/** Whether anything of it is to be deleted. */
export function isGoing({ decision }: PlaceReport): boolean {
  return decision !== undefined && decision.sweep.manifests.length + decision.sweep.tags.length > 0;
}

/** Counts each blob once, and none that anything has which stays in the same registry. */
async function weigh(reports: readonly PlaceReport[], door: CollectDoor): Promise<readonly PlaceReport[]> {
  const busy = new Set(reports.filter(isGoing).map(({ place }) => place.repository.registry));
  const weighed: PlaceReport[] = [];
  const stored = await Promise.all(
    reports.map(async (report) => {
      const { place, decision } = report;
      if (decision === undefined || !busy.has(place.repository.registry)) return undefined;
      if (decision.inventory.manifests.length > 0) return decision.inventory;
      const { tags } = decision.inventory;
      return readInventory(place.repository, tags, [], door.client, door.read).catch((error: unknown) => {
        failureOfPlace(error);
        return undefined;
      });
    }),
  );
  const goingOf = ({ decision }: PlaceReport) => new Set(decision?.sweep.manifests);
  const before = new Map<string, number>();
  for (const [index, report] of reports.entries()) {
    if (!isGoing(report)) {
      weighed.push(report);
      continue;
    }
    const { registry } = report.place.repository;
    const counted = reports.flatMap((other, at) => {
      const inventory = stored[at];
      if (inventory === undefined || other.place.repository.registry !== registry) return [];
      return [{ inventory, going: at <= index ? goingOf(other) : new Set<Digest>() }];
    });
    const total = freedBytes(counted);
    weighed.push({ ...report, bytes: total - (before.get(registry) ?? 0) });
    before.set(registry, total);
  }
  return weighed;
}

/** The error, if it is of this repository alone. @throws what ends the whole run. */
function failureOfPlace(error: unknown): FactoryError {
  const endsAll = ["state-invalid", "interrupted", "terminated"];
  if (!(error instanceof FactoryError) || endsAll.includes(error.code)) throw error;
  return error;
}
