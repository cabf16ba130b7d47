import { rename, rm } from "node:fs/promises";
import { withHold } from "../bases/base-hold.ts";
import { changeBaseRecords } from "../bases/record-store.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { stagingRepository } from "../publish/staging.ts";
import { oweReceipt, settleReceipts } from "../receipt/owed.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference, type Repository } from "../registry/reference.ts";
import { asideName } from "../state/aside.ts";
import type { MayMove } from "../state/repository-lock.ts";
import { restoreState, writeState, writeUnfinished } from "../state/state-file.ts";
import type { Difference, Repair } from "./difference.ts";

export interface RepairDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly workDir: string;
  readonly clock: () => Date;
  readonly signal: AbortSignal;
  readonly mayMove: MayMove;
}

/** Carries out the repairs that apply, each whatever became of the one before, and returns what kept some from it. */
export async function repairAll(
  differences: readonly Difference[],
  applies: (kind: Repair["kind"]) => boolean,
  enrolment: Enrolment | undefined,
  door: RepairDoor,
): Promise<ReadonlyMap<Difference, FactoryError>> {
  const problems = new Map<Difference, FactoryError>();
  for (const difference of differences) {
    const steps = stepsOf(difference.repair).filter(({ kind }) => applies(kind));
    for (const step of steps) {
      try {
        await carryOut(step, enrolment, door);
      } catch (error) {
        if (!(error instanceof FactoryError) || door.signal.aborted) throw error;
        problems.set(difference, error);
      }
    }
  }
  return problems;
}

function stepsOf(repair: Repair | undefined): readonly Repair[] {
  if (repair?.kind === "owe-receipt") {
    // So that whoever comes next sends it if this run does not.
    return [repair, { kind: "settle-receipts", image: repair.receipt.image }];
  }
  if (repair?.kind === "put-aside" && repair.held !== undefined)
    return [repair, { kind: "hold-base", ...repair.held }];
  return repair === undefined ? [] : [repair];
}

async function carryOut(repair: Repair, enrolment: Enrolment | undefined, door: RepairDoor): Promise<void> {
  const { stateDir } = door;
  switch (repair.kind) {
    case "settle-receipts":
      return settleReceipts(repair.image, door);
    case "owe-receipt":
      return oweReceipt(stateDir, repair.receipt);
    case "put-aside":
      return rename(repair.file, asideName(repair.file, door.clock()));
    case "hold-base":
      return changeBaseRecords(new Map([[repair.reference, withHold(repair.reference, repair.hold)]]), door);
    case "remove":
      return rm(repair.file, { force: true });
    default:
      if (enrolment === undefined) throw new Error(`${repair.kind} is of an image`);
      return carryOutFor(enrolment, repair, door);
  }
}

type ImageRepair = Exclude<
  Repair,
  { readonly kind: "settle-receipts" | "owe-receipt" | "put-aside" | "hold-base" | "remove" }
>;

async function carryOutFor(
  { name, repository }: Enrolment,
  repair: ImageRepair,
  { client, stateDir, clock, mayMove }: RepairDoor,
): Promise<void> {
  switch (repair.kind) {
    case "restore-state":
      return restoreState(stateDir, name, repair, repair.damaged ? clock() : undefined);
    case "write-state":
      return writeState(stateDir, name, repair.state);
    case "write-unfinished":
      return writeUnfinished(stateDir, name, repair.unfinished);
    case "set-tag": {
      const found = await client.getManifest(repository, repair.digest);
      const holds = await client.headManifest(repository, repair.tag);
      if (found === undefined || holds !== undefined) return;
      mayMove();
      await client.putManifest(repository, repair.tag, found.mediaType, found.bytes);
      return;
    }
    case "copy-platforms":
      for (const digest of repair.digests) await copyAgain(repository, digest, client);
  }
}

/** Gets what a repository has lost of a platform from the staging repository, in which it was made. */
async function copyAgain(repository: Repository, digest: Digest, client: RegistryClient): Promise<void> {
  const staging = stagingRepository(repository);
  const document = await client.getManifest(repository, digest);
  if (document === undefined) {
    await client.copyImage(staging, digest, repository);
    return;
  }
  const { config, layers } = parseImageManifest(document, formatReference({ ...repository, digest }));
  for (const blob of [config, ...layers]) {
    if (!(await client.hasBlob(repository, blob.digest))) await client.mountBlob(staging, repository, blob);
  }
}
