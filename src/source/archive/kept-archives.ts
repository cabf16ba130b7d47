import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { ArchivePlace, ArchiveSource } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { keepJson, recallJson } from "../../kept.ts";
import { type Digest, digestOf, digestOfFile } from "../../registry/digest.ts";
import { whenAbsent } from "../../when-absent.ts";
import { inPrivateFolder } from "../private-folder.ts";
import { type Download, type DownloadDoor, fetchArchive } from "./download.ts";
import type { ArchiveFile } from "./expand.ts";
import { shownAddress } from "./failure.ts";
import { inspectArchive } from "./unpack.ts";

/** An archive that is at hand, as it was when it was looked at. */
export interface KeptArchive extends ArchiveFile {
  readonly digest: Digest;
}

export interface ArchiveDoor extends DownloadDoor {
  /** Archives are kept below its `cache`. */
  readonly workDir: string;
}

/**
 * Gets an archive. One of this machine is read where it is. One at an address is fetched once: with a digest nobody is asked
 * again while it is kept, without one the server is asked whether it has another by now.
 * @throws FactoryError as `fetchArchive` and `inspectArchive`; "source-invalid" for another digest than images.yaml has.
 */
export function obtainArchive(source: ArchiveSource, door: ArchiveDoor): Promise<KeptArchive> {
  const { place, digest } = source;
  return place.kind === "file" ? fromMachine(place.path, digest) : fromAddress(place, digest, door);
}

/**
 * Holds an archive to its digest before it is used: a fetched one whose file is no longer what came is fetched again, one
 * of this machine that changed is an error.
 */
export async function assertKept(
  kept: KeptArchive,
  source: ArchiveSource,
  door: ArchiveDoor,
): Promise<KeptArchive> {
  const seen = await digestOfFile(kept.file).catch(whenAbsent(undefined));
  if (seen === kept.digest) return kept;
  if (source.place.kind === "file") throw changed(kept);
  await rm(kept.file, { force: true });
  const again = await obtainArchive(source, door);
  if (again.digest === kept.digest) return again;
  throw changed(kept);
}

function changed({ name }: KeptArchive): FactoryError {
  return new FactoryError("source-unavailable", `${name} changed while it was read`, {
    hint: "Run the same command again.",
  });
}

async function fromMachine(path: string, wanted: Digest | undefined): Promise<KeptArchive> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    throw new FactoryError("source-invalid", `${path} is no file`, {
      hint: "Set source.archive.path to a tar archive, absolute or relative to images.yaml.",
    });
  }
  const digest = await digestOfFile(path).catch((cause: Error) => {
    throw new FactoryError("source-invalid", `${path} cannot be read: ${cause.message}`, { cause });
  });
  assertWanted(path, digest, wanted);
  return { file: path, name: path, digest };
}

async function fromAddress(
  { url, credentials }: Extract<ArchivePlace, { kind: "url" }>,
  wanted: Digest | undefined,
  door: ArchiveDoor,
): Promise<KeptArchive> {
  const name = shownAddress(new URL(url));
  const at = (digest: Digest): KeptArchive => ({ file: fileOf(door.workDir, digest), name, digest });
  if (wanted !== undefined && (await use(at(wanted).file))) return at(wanted);
  const record = join(
    folderOf(door.workDir),
    `${hexOf(digestOf(JSON.stringify([url, credentials ?? null])))}.json`,
  );
  const known = wanted === undefined ? readRecord(recallJson(record)) : undefined;
  const stands = known !== undefined && (await use(at(known.digest).file)) && (await use(record));
  const standing = stands ? known : undefined;
  const came = await inPrivateFolder(door.workDir, async ({ path, dispose }) => {
    const file = join(path, "archive");
    const check = async ({ digest }: Download) => {
      assertWanted(name, digest, wanted);
      await inspectArchive({ file, name }, { signal: door.signal });
    };
    const download = await fetchArchive({ url, credentials, etag: standing?.etag, file, check }, door);
    if (download !== undefined) await keepFile(file, at(download.digest).file);
    await dispose();
    return download;
  });
  if (came === undefined && standing !== undefined) return at(standing.digest);
  if (came === undefined) throw new Error(`${name} is unchanged, and nothing was at hand`);
  if (came.etag !== undefined) await keepJson(record, { digest: came.digest, etag: came.etag });
  await removeUnused(door.workDir);
  return at(came.digest);
}

function assertWanted(name: string, seen: Digest, wanted: Digest | undefined): void {
  if (wanted === undefined || seen === wanted) return;
  throw new FactoryError("source-invalid", `${name} is ${seen}, and images.yaml says ${wanted}`, {
    hint: "If it was meant to change, write its digest to source.archive.digest; if not, ask who has changed it.",
  });
}

function folderOf(workDir: string): string {
  return join(workDir, "cache", "archives");
}

function fileOf(workDir: string, digest: Digest): string {
  return join(folderOf(workDir), hexOf(digest));
}

function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** Whether it is at hand; it then stays for another while. */
async function use(file: string): Promise<boolean> {
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

async function keepFile(from: string, to: string): Promise<void> {
  await mkdir(join(to, ".."), { recursive: true });
  await rename(from, to);
}

/** With less an archive is asked for as if it had never come. */
function readRecord(value: unknown): { readonly digest: Digest; readonly etag: string } | undefined {
  return value as { readonly digest: Digest; readonly etag: string } | undefined;
}

const unusedMs = 14 * 86_400_000;

/** Removes archives that nothing was built of for two weeks, which is noticed when another one comes. */
async function removeUnused(workDir: string): Promise<void> {
  const folder = folderOf(workDir);
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const found = await stat(file).catch(whenAbsent(undefined));
    if (found !== undefined && Date.now() - found.mtimeMs > unusedMs) await rm(file, { force: true });
  }
}
