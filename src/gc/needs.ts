import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBaseRecords } from "../bases/record-store.ts";
import type { WatchedImage } from "../enrolment/enrolment.ts";
import { parseReceipt } from "../receipt/receipt.ts";
import type { Digest } from "../registry/digest.ts";
import type { ImageState } from "../state/image-state.ts";
import { type ImageRecord, readRecord, readUnfinished } from "../state/state-file.ts";
import { whenAbsent } from "../when-absent.ts";
import type { InUse } from "./in-use.ts";

/** What must stay wherever it is, each digest with who needs it. */
export type Needs = ReadonlyMap<Digest, string>;

/** All that is recorded here of images, enrolled or not. */
export interface Recorded {
  readonly records: ReadonlyMap<string, ImageRecord>;
  readonly needs: Needs;
}

export interface NeedsDoor {
  readonly stateDir: string;
  readonly workDir: string;
}

/**
 * Reads what state, receipts that are owed, records of bases, pins and the list of images in use need.
 * @throws FactoryError "state-invalid": where one file cannot be read, nobody knows what it needs.
 */
export async function readNeeds(
  enrolled: readonly string[],
  watched: readonly WatchedImage[],
  inUse: InUse,
  { stateDir, workDir }: NeedsDoor,
): Promise<Recorded> {
  const needs = new Map<Digest, string>();
  const need = (digest: Digest | undefined, why: string) => {
    if (digest !== undefined && !needs.has(digest)) needs.set(digest, why);
  };
  for (const digest of inUse.digests) need(digest, "in use, says IN_USE");
  const names = new Set([...enrolled, ...(await imagesWithState(stateDir))]);
  const records = new Map<string, ImageRecord>();
  for (const name of names) {
    const record = await readRecord(stateDir, name);
    records.set(name, record);
    if (record.state !== undefined) needsOfState(name, record.state, need);
    // Also of an image whose first publication was not recorded.
    for (const { digest } of await readUnfinished(stateDir, name))
      need(digest, `${name} was about to publish it`);
    const { hold, state } = record;
    need(hold?.rollback?.to, `${name} is held on it`);
    need(hold?.instead?.digest, `${name} is held on it`);
    need(hold?.rollback?.from, `${name} was rolled back from it`);
    // What npm run rollback goes back to without being told.
    need(
      state?.publications.find(({ digest }) => digest !== state.digest)?.digest,
      `what ${name} is rolled back to`,
    );
  }
  for (const { image, digest } of await owedReceipts(stateDir)) need(digest, `${image} owes its receipt`);
  for (const [reference, record] of await readBaseRecords({ stateDir, workDir })) {
    const current = record.digests.find(({ digest }) => digest === record.currentDigest);
    need(record.currentDigest, `base ${reference}`);
    for (const digest of Object.values(current?.platforms ?? {})) need(digest, `base ${reference}`);
    need(record.hold?.digest, `hold of ${reference}`);
  }
  for (const { name, pinned } of watched) need(pinned, `pin of ${name}`);
  return { records, needs };
}

function needsOfState(
  name: string,
  state: ImageState,
  need: (digest: Digest | undefined, why: string) => void,
): void {
  need(state.digest, `published of ${name}`);
  need(state.adopted?.previous, `published of ${name} before what was adopted`);
  for (const { inputs } of Object.values(state.platforms)) {
    for (const [base, used] of Object.entries(inputs.bases)) need(used, `base of ${name}: ${base}`);
  }
}

async function imagesWithState(stateDir: string): Promise<readonly string[]> {
  const files = await readdir(join(stateDir, "images")).catch(whenAbsent([]));
  return files
    .filter((file) => file.endsWith(".yaml") && !file.endsWith(".example.yaml"))
    .map((file) => file.slice(0, -".yaml".length));
}

async function owedReceipts(
  stateDir: string,
): Promise<readonly { readonly image: string; readonly digest: Digest }[]> {
  const folder = join(stateDir, "receipts");
  const owed = await readdir(folder, { recursive: true }).catch(whenAbsent([]));
  const files = owed.filter((file) => file.endsWith(".json")).map((file) => join(folder, file));
  const texts = await Promise.all(files.map((file) => readFile(file).catch(whenAbsent(undefined))));
  return texts.flatMap((text, index) =>
    text === undefined ? [] : [parseReceipt(text, files[index] ?? folder)],
  );
}
