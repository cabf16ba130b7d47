import { statfsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { FactoryError } from "./errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on its disk",
  EDQUOT: "the quota of its disk is used up",
  EROFS: "its disk is read-only",
};

/** What to do about a disk that takes nothing more. */
export const diskHint =
  "Make room there (npm run clean removes what builds keep), or have workDir, stateDir or TMPDIR elsewhere; then run the same command again.";

/** What tools say of a disk that takes nothing more, each in its own words. */
const said = /no space left on device|disk quota exceeded|read-only file system|database or disk is full/i;

/** Whether the last words of a tool are of a full or read-only disk. */
export function saysDiskFailure(words: string): boolean {
  return said.test(words);
}

/**
 * An error of the operating system about a full or read-only disk as one that says what to do; any other as it is. Where it
 * names no file, as that of a write does not, the fullest of `folders` is named.
 */
export function explainDisk(error: unknown, folders: readonly string[] = []): unknown {
  const { code = "", path, dest } = (error ?? {}) as NodeJS.ErrnoException & { readonly dest?: string };
  const reason = error instanceof FactoryError ? undefined : reasons[code];
  if (reason === undefined) return error;
  const [fullest] = folders.toSorted((one, other) => roomOf(one) - roomOf(other));
  const text = `cannot write ${dest ?? path ?? (fullest === undefined ? "a file" : `below ${fullest}`)}: ${reason}`;
  return new FactoryError("machine-lacks", text, { hint: diskHint, cause: error });
}

function roomOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Records are small: what has less room than this has none. */
const leastBytes = 256 * 1024;

/**
 * Refuses to begin what cannot be written down.
 * @throws FactoryError "machine-lacks" when the folder's disk is full.
 */
export async function assertRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  // Some file systems of other machines do not tell.
  if (blocks === 0 || bavail * bsize >= leastBytes) return;
  throw new FactoryError("machine-lacks", `${folder}: ${reasons["ENOSPC"]}: ${bavail * bsize} bytes`, {
    hint: diskHint,
  });
}
