import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { findDamagedRecords } from "../bases/record-store.ts";
import { whenAbsent } from "../when-absent.ts";
import { type Difference, disagrees, repairRemedy } from "./difference.ts";

export interface FilesDoor {
  readonly stateDir: string;
  readonly workDir: string;
  readonly clock: () => Date;
}

/** What stands longer than this half written belongs to nobody: a file is written in less than a second. */
const writtenWithinMs = 3_600_000;

/** What is wrong with files that are no single image's: half written ones, locks that are none, records of bases. */
export async function fileDifferences({
  stateDir,
  workDir,
  clock,
}: FilesDoor): Promise<readonly Difference[]> {
  const receipts = join(stateDir, "receipts");
  const images = await namesIn(receipts);
  const written = ["images", "base-images", ...images.map((image) => join("receipts", image))];
  const [bases, halves, locks] = await Promise.all([
    findDamagedRecords(stateDir),
    Promise.all(written.map((folder) => halfWritten(join(stateDir, folder), clock()))),
    Promise.all([join(stateDir, ".locks"), join(workDir, "locks")].map(noLocks)),
  ]);
  return [
    ...bases.map(
      ({ file, problem, held }): Difference => ({
        image: undefined,
        place: file,
        kind: "file-damaged",
        exitStatus: disagrees,
        what: problem.message.replace(`${file} is `, "it is "),
        remedy: `${repairRemedy(undefined)} puts it aside: the base counts as seen for the first time${held === undefined ? "; whether it was held has to be looked up in it" : ", and is held as it was"}`,
        repair: { kind: "put-aside", file, held },
      }),
    ),
    ...halves.flat().map(
      (file): Difference => ({
        image: undefined,
        place: file,
        kind: "left-behind",
        exitStatus: disagrees,
        what: "a run that died left it half written",
        remedy: `${repairRemedy(undefined)} removes it`,
        repair: { kind: "remove", file },
      }),
    ),
    ...locks.flat().map(
      (file): Difference => ({
        image: undefined,
        place: file,
        kind: "file-damaged",
        exitStatus: disagrees,
        what: "it is no lock, and nobody can take it",
        remedy: `${repairRemedy(undefined)} puts it aside`,
        repair: { kind: "put-aside", file },
      }),
    ),
  ];
}

/** The names that files have until they are whole. */
async function halfWritten(folder: string, now: Date): Promise<readonly string[]> {
  const names = (await namesIn(folder)).filter((name) => /\.(?:yaml|json)\.\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const stats = await stat(file).catch(whenAbsent(undefined));
      return stats !== undefined && now.getTime() - stats.mtimeMs > writtenWithinMs ? [file] : [];
    }),
  );
  return found.flat();
}

const lockHeader = "SQLite format 3\0";

/** A lock is an SQLite database, mostly an empty one. */
async function noLocks(folder: string): Promise<readonly string[]> {
  const names = (await namesIn(folder)).filter((name) => basename(name).endsWith(".lock"));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const handle = await open(file).catch(whenAbsent(undefined));
      if (handle === undefined) return [];
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(lockHeader.length), 0);
        const head = buffer.subarray(0, bytesRead).toString("latin1");
        return head === "" || head === lockHeader ? [] : [file];
      } finally {
        await handle.close();
      }
    }),
  );
  return found.flat();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(whenAbsent([]))).toSorted();
}
