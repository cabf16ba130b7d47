import type { Enrolment } from "../enrolment/enrolment.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { PlatformScan } from "../scan/scan-report.ts";
import type { ImageState } from "../state/image-state.ts";
import { type RepositoryLockDoor, withImage } from "../state/repository-lock.ts";
import { readState, writeState } from "../state/state-file.ts";
import type { PublishDoor } from "./publish.ts";
import { scanState } from "./record.ts";

export interface AdoptRequest {
  readonly image: string;
  readonly repository: Repository;
  /** The state in which the pushed digest is what is published. */
  readonly adopts: ImageState;
  /** The state that it was decided on. */
  readonly plannedOn: ImageState | undefined;
}

/** Records what somebody else's CI published; where another run has recorded something since, that stays. */
export async function adopt(
  { image, repository, adopts, plannedOn }: AdoptRequest,
  door: RepositoryLockDoor,
): Promise<void> {
  await withImage({ image, repository }, door, async () => {
    const state = await readState(door.stateDir, image);
    const isSame =
      state?.digest === plannedOn?.digest &&
      state?.publications[0]?.uniqueTag === plannedOn?.publications[0]?.uniqueTag;
    if (isSame) await writeState(door.stateDir, image, adopts);
  });
}

/** Records that every platform of an adopted digest has passed a scan, as long as that digest is what is published. */
export async function recordScan(
  { name, repository }: Pick<Enrolment, "name" | "repository">,
  digest: Digest,
  scans: NonEmpty<PlatformScan>,
  door: RepositoryLockDoor & Pick<PublishDoor, "clock">,
): Promise<void> {
  const passed = scans.filter((scan) => scan.verdict === "passed");
  if (passed.length < scans.length || !isNonEmpty(passed)) return;
  const scanned = passed.map(({ platform }) => platform.digest);
  await withImage({ image: name, repository }, door, async () => {
    const state = await readState(door.stateDir, name);
    if (state?.adopted === undefined || state.digest !== digest) return;
    if (!Object.values(state.platforms).every((platform) => scanned.includes(platform.digest))) return;
    await writeState(door.stateDir, name, { ...state, scan: scanState(passed, door.clock().toISOString()) });
  });
}
