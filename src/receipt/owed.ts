import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { canonicalJson } from "../registry/canonical-json.ts";
import type { RegistryClient } from "../registry/client.ts";
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
  await writeFileAtomic(
    join(folder, `${receipt.publication.uniqueTag}.json`),
    Buffer.from(canonicalJson(receipt)),
  );
}

/**
 * Puts the receipts that are owed for an image beside its indexes, in the repository that each was published in. The
 * bytes are those that were written down, so doing it again writes nothing new.
 * @throws FactoryError as `RegistryClient.putReferrer`; what was not written stays owed.
 */
export async function settleReceipts(image: string, { client, stateDir }: ReceiptDoor): Promise<void> {
  const folder = folderOf(stateDir, image);
  for (const name of await namesIn(folder)) {
    const file = join(folder, name);
    const bytes = await readIfThere(file);
    // Another run has written it meanwhile.
    if (bytes === undefined) continue;
    const { repository, digest, size, publication } = parseReceipt(bytes, file);
    await client.putReferrer(
      parseReference(repository),
      { mediaType: ociIndexType, digest, size },
      {
        artifactType: receiptType,
        annotations: { [publicationAnnotation]: publication.uniqueTag },
        blobs: [{ mediaType: receiptType, bytes }],
      },
      { stateDir, replace: (other) => other[publicationAnnotation] === publication.uniqueTag },
    );
    // One that was written anew meanwhile is another receipt, and is still owed.
    if ((await readIfThere(file))?.equals(bytes) === true) await rm(file, { force: true });
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
