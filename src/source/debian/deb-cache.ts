import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { pipeline } from "node:stream/promises";
import { FactoryError } from "../../errors.ts";
import type { DebianDoor } from "./door.ts";
import { fetchFiles } from "./fetch-files.ts";
import type { DebianPackage, DebianPackages } from "./packages.ts";

/** A package as a file of this machine that has the hash it was resolved with. */
export interface Deb {
  readonly package: DebianPackage;
  readonly file: string;
}

/**
 * Gets the resolved packages: from the work folder those that were fetched before, by whomever, the others from the
 * archive. Each is hashed here before it is used.
 * @throws FactoryError "source-unavailable" when the archive no longer has what was resolved, or cannot be reached.
 */
export async function fetchDebs(resolved: DebianPackages, door: DebianDoor): Promise<readonly Deb[]> {
  const dir = join(door.workDir, "cache", "debs");
  await mkdir(dir, { recursive: true });
  const debs = resolved.packages.map((one) => ({ package: one, file: join(dir, `${one.sha256}.deb`) }));
  // One after the other: hashing is work for one core, and many open streams take memory.
  const kept: boolean[] = [];
  for (const deb of debs) kept.push(await isRight(deb));
  const missing = debs.filter((_, index) => !kept[index]);
  const loads = missing.map((deb) => ({ deb, part: `${deb.file}.${randomUUID()}` }));
  try {
    const wanted = loads.map(({ deb, part }) => ({
      uri: deb.package.uri,
      file: part,
      sha256: deb.package.sha256,
    }));
    const [missed] = await fetchFiles(wanted, door);
    if (missed !== undefined) throw cannotFetch(resolved, missed);
    for (const { deb, part } of loads) {
      if (!(await isRight({ ...deb, file: part }))) throw moved(resolved, deb.package.uri);
      await rename(part, deb.file);
    }
  } finally {
    await Promise.all(
      loads.flatMap(({ part }) => [rm(part, { force: true }), rm(`${part}.FAILED`, { force: true })]),
    );
  }
  return debs;
}

async function isRight({ package: { sha256 }, file }: Deb): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  return hash.digest("hex") === sha256;
}

function cannotFetch(
  resolved: DebianPackages,
  { uri, why, absent }: { uri: string; why: string; absent: boolean },
): FactoryError {
  if (absent) return moved(resolved, uri);
  return new FactoryError("source-unavailable", `cannot get ${uri}: ${why}`, {
    hint: "Look at the network and run the same command again: what has come stays.",
  });
}

function moved({ suite, platform }: DebianPackages, uri: string): FactoryError {
  return new FactoryError(
    "source-unavailable",
    `${suite} for ${platform} moved while it was built: ${uri} is not what it was`,
    { hint: "Run the same command again." },
  );
}
