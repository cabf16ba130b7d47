import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { canonicalJson } from "../registry/canonical-json.ts";
import type { RegistryClient } from "../registry/client.ts";
import { digestOf } from "../registry/digest.ts";
import { ociIndexType } from "../registry/media-types.ts";
import { parseReference } from "../registry/reference.ts";
import { parseReceipt, publicationAnnotation, type Receipt, receiptType } from "./receipt.ts";

export interface ReceiptDoor {
  readonly client: Pick<RegistryClient, "putReferrer">;
  readonly stateDir: string;
}

/** Receipts that are still to be written, as they will be: `<stateDir>/receipts/<image>/<unique tag>.json`. */
function folderOf(stateDir: string, image: string): string {
  return join(stateDir, "receipts", image);
}

/** Writes down the receipt of what was just published, so that whoever comes next writes it if this run does not. */
export async function oweReceipt(stateDir: string, receipt: Receipt): Promise<void> {
  const folder = folderOf(stateDir, receipt.image);
  await mkdir(folder, { recursive: true });
  const owed = { checksum: digestOf(canonicalJson(receipt)), receipt };
  await writeFileAtomic(
    join(folder, `${receipt.publication.uniqueTag}.json`),
    Buffer.from(canonicalJson(owed)),
  );
}

/** A receipt that is still to be written, or what is wrong with its file. */
export type OwedReceipt = { readonly file: string } & (
  | { readonly receipt: Receipt; readonly text: Buffer }
  | { readonly problem: FactoryError }
);

/** The receipts that are owed for an image, by the names of their publications. */
export async function readOwed(image: string, stateDir: string): Promise<readonly OwedReceipt[]> {
  const folder = folderOf(stateDir, image);
  const files = (await namesIn(folder)).map((name) => join(folder, name));
  const found = await Promise.all(files.map(async (file) => ({ file, text: await readIfThere(file) })));
  return found.flatMap(({ file, text }): readonly OwedReceipt[] => {
    // Another run has written it meanwhile.
    if (text === undefined) return [];
    const receipt = parseOwed(text, file);
    return receipt === undefined ? [{ file, problem: damagedOwed(file, image) }] : [{ file, receipt, text }];
  });
}

function parseOwed(text: Buffer, file: string): Receipt | undefined {
  try {
    const { checksum, receipt } = JSON.parse(text.toString("utf8")) as { checksum: unknown; receipt: object };
    const bytes = canonicalJson(receipt);
    return checksum === digestOf(bytes) ? parseReceipt(bytes, file) : undefined;
  } catch {
    return undefined;
  }
}

function damagedOwed(file: string, image: string): FactoryError {
  return new FactoryError(
    "state-invalid",
    `${file} is damaged: it is not the receipt that was to be written`,
    {
      hint: `npm run fsck IMAGE=${image} -- --repair puts it aside and makes the receipt again of the state.`,
    },
  );
}

/**
 * Puts the receipts that are owed for an image beside its indexes, in the repository that each was published in. The
 * bytes are those that were written down, so doing it again writes nothing new.
 * @throws FactoryError as `RegistryClient.putReferrer`, and "state-invalid"; what was not written stays owed.
 */
export async function settleReceipts(image: string, { client, stateDir }: ReceiptDoor): Promise<void> {
  for (const owed of await readOwed(image, stateDir)) {
    if ("problem" in owed) throw owed.problem;
    const { file, receipt, text } = owed;
    const { repository, digest, size, publication } = receipt;
    await client.putReferrer(
      parseReference(repository),
      { mediaType: ociIndexType, digest, size },
      {
        artifactType: receiptType,
        annotations: { [publicationAnnotation]: publication.uniqueTag },
        blobs: [{ mediaType: receiptType, bytes: canonicalJson(receipt) }],
      },
      { stateDir, replace: (other) => other[publicationAnnotation] === publication.uniqueTag },
    );
    // One that was written anew meanwhile is another receipt, and is still owed.
    if ((await readIfThere(file))?.equals(text) === true) await rm(file, { force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
