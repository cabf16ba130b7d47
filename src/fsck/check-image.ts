import type { Enrolment } from "../enrolment/enrolment.ts";
import type { FactoryError } from "../errors.ts";
import { type MayMove, withImage } from "../state/repository-lock.ts";
import { type CompareDoor, compare } from "./compare.ts";
import type { Difference, Repair } from "./difference.ts";
import { type FilesDoor, fileDifferences } from "./files.ts";
import { type RepairDoor, repairAll } from "./repair.ts";
import { type SurveyDoor, survey } from "./survey.ts";

export interface FsckDoor extends SurveyDoor, CompareDoor, Omit<RepairDoor, "mayMove">, FilesDoor {}

/** A difference, and what became of it. */
export interface Checked {
  readonly difference: Difference;
  readonly outcome: "found" | "repaired" | "not repaired";
  /** What kept it from being repaired. */
  readonly problem?: FactoryError;
}

/**
 * Compares what state, registry and receipts say of an image. What differs is looked at once more while nobody publishes,
 * and with `repair` put right where that moves nothing that somebody may rely on; it counts as repaired when it is found
 * no more.
 * @throws FactoryError as `survey`.
 */
export async function checkImage(
  enrolment: Enrolment,
  repair: boolean,
  door: FsckDoor,
): Promise<readonly Checked[]> {
  const look = async () => compare(await survey(enrolment, door), door);
  if ((await look()).length === 0) return [];
  const { name: image, repository } = enrolment;
  const locked = <T>(work: (mayMove: MayMove) => Promise<T>) =>
    withImage({ image, repository }, door, ({ mayMove }) => work(mayMove));
  if (!repair) return (await locked(look)).map((difference) => ({ difference, outcome: "found" }));
  const { found, problems } = await locked(async (mayMove) => {
    const differences = await look();
    const repairing = { ...door, mayMove };
    return { found: differences, problems: await repairAll(differences, isLocal, enrolment, repairing) };
  });
  const sent = await repairAll(found, (kind) => !isLocal(kind), enrolment, noTagOf(door));
  return outcomes(found, await locked(look), new Map([...problems, ...sent]));
}

/** The same for files that are no single image's. */
export async function checkFiles(repair: boolean, door: FsckDoor): Promise<readonly Checked[]> {
  const found = await fileDifferences(door);
  if (!repair || found.length === 0) return found.map((difference) => ({ difference, outcome: "found" }));
  // A record is written only where every other can be read.
  const problems = await repairAll(found, (kind) => kind !== "hold-base", undefined, noTagOf(door));
  const held = await repairAll(found, (kind) => kind === "hold-base", undefined, noTagOf(door));
  return outcomes(found, await fileDifferences(door), new Map([...problems, ...held]));
}

/** What is found again is not repaired, and neither is what is only found now. */
function outcomes(
  found: readonly Difference[],
  left: readonly Difference[],
  problems: ReadonlyMap<Difference, FactoryError>,
): readonly Checked[] {
  const keyOf = ({ kind, place }: Difference) => `${kind} ${place}`;
  const stays = new Set(left.map(keyOf));
  const known = new Set(found.map(keyOf));
  return [
    ...found.map((difference): Checked => {
      const problem = problems.get(difference);
      return stays.has(keyOf(difference))
        ? { difference, outcome: "not repaired", ...(problem === undefined ? {} : { problem }) }
        : { difference, outcome: "repaired" };
    }),
    ...left
      .filter((difference) => !known.has(keyOf(difference)))
      .map((difference): Checked => ({ difference, outcome: "not repaired" })),
  ];
}

/** For repairs that move no tag. */
function noTagOf(door: FsckDoor): RepairDoor {
  return { ...door, mayMove: () => undefined };
}

/** What is done while nobody publishes; receipts have a lock of their own. */
function isLocal(kind: Repair["kind"]): boolean {
  return kind !== "settle-receipts";
}
