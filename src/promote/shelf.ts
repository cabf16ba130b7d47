import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import { missing } from "../registry/copy.ts";
import type { Digest } from "../registry/digest.ts";
import type { Descriptor } from "../registry/manifest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { faultIn } from "../registry/retry.ts";
import { inPrivateFolder } from "../source/private-folder.ts";

/** Files of blobs that go to several registries, each read from its source once. */
export interface Shelf {
  /** Gives `work` the file of a blob whose bytes have been checked; it goes when it was lent `times` times. */
  readonly lend: <T>(
    blob: Pick<Descriptor, "digest">,
    times: number,
    work: (file: string) => Promise<T>,
  ) => Promise<T>;
  readonly dispose: () => Promise<void>;
}

interface ShelfDoor {
  readonly client: Pick<RegistryClient, "addressOf" | "streamBlob">;
  readonly workDir: string;
}

const attempts = 3;
const pauseMs = 500;

/** Makes a shelf in a private folder, which goes with it, and with the process. */
export function createShelf(from: Repository, { client, workDir }: ShelfDoor): Promise<Shelf> {
  return inPrivateFolder(workDir, async ({ path, dispose }) => {
    const files = new Map<Digest, { readonly file: Promise<string>; lent: number }>();
    const lend: Shelf["lend"] = async ({ digest }, times, work) => {
      const known = files.get(digest) ?? {
        file: fetchBlob(from, digest, join(path, randomUUID()), client),
        lent: 0,
      };
      files.set(digest, known);
      try {
        return await work(await known.file);
      } finally {
        known.lent += 1;
        if (known.lent === times) {
          files.delete(digest);
          await known.file.then(
            (file) => rm(file, { force: true }),
            () => undefined,
          );
        }
      }
    };
    return { lend, dispose };
  });
}

/** Reads a blob into a file; what breaks or comes spoilt is read again. */
async function fetchBlob(
  from: Repository,
  digest: Digest,
  file: string,
  client: ShelfDoor["client"],
): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const stream = await client.streamBlob(from, digest);
      if (stream === undefined) throw missing(client.addressOf(from), "blobs", digest);
      await pipeline(stream, createWriteStream(file, { mode: 0o600 }));
      return file;
    } catch (error) {
      await rm(file, { force: true });
      const isSpoilt = error instanceof FactoryError && error.code === "registry-answer-invalid";
      const isCurable = isSpoilt || faultIn(error) !== undefined;
      if (!isCurable || tries === attempts) throw failureOf(error, from, file);
      await sleep(pauseMs * tries);
    }
  }
}

function failureOf(error: unknown, from: Repository, file: string): unknown {
  if (error instanceof FactoryError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (faultIn(error) !== undefined) {
    return new FactoryError(
      "registry-unavailable",
      `${formatRepository(from)}: a blob was cut off again and again: ${message}`,
      { hint: "Run the same command again: it copies what is missing.", cause: error },
    );
  }
  if (code !== "ENOSPC" && code !== "EDQUOT" && code !== "EROFS") return error;
  return new FactoryError("machine-lacks", `${file} could not be written: ${message}`, {
    hint: "Make room for the largest layers below workDir, or promote to one registry at a time.",
    cause: error,
  });
}
