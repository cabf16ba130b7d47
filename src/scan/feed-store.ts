import { lstat, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { sealed, unsealed } from "../kept.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import type { Run } from "../run.ts";
import { whenAbsent } from "../when-absent.ts";
import type { Feed, FeedLayer, FeedSource } from "./feed.ts";
import { checkMarks, type FileMarks, markFiles } from "./file-marks.ts";

/** A feed in a folder of its own that nobody changes: a newer one gets another folder. */
export interface InstalledFeed {
  /** Holds the feed's folder, as a cache folder of Trivy's does. */
  readonly dir: string;
  /** The layer that it came as. */
  readonly digest: Digest;
  /** `host/path:tag` that had it. */
  readonly source: string;
  readonly version: number;
  readonly updatedAt: Date;
  readonly nextUpdate: Date;
  /** When the source was last asked and had nothing newer. */
  readonly checkedAt: Date;
  readonly marks: FileMarks;
}

/**
 * The feed that `store` has, as the last `installFeed` or `confirmFeed` left it; undefined when there is none that is
 * whole. A file that is not as it was installed is told to `damaged`: Trivy may find nothing in it and call that a pass.
 */
export async function readInstalledFeed(
  store: string,
  feed: Feed,
  damaged: (file: string) => void = () => undefined,
): Promise<InstalledFeed | undefined> {
  try {
    const text = await readFile(currentFile(store), "utf8").catch(whenAbsent(undefined));
    if (text === undefined) return undefined;
    const current = unsealed(text) as Pointer | undefined;
    if (current === undefined) {
      damaged(currentFile(store));
      return undefined;
    }
    const dir = join(store, current.folder);
    const checked = await checkMarks(join(dir, feed.folder), current.marks);
    if ("damaged" in checked) {
      damaged(checked.damaged);
      return undefined;
    }
    const { digest, source, checkedAt } = current;
    return {
      ...{ dir, digest, source, ...checked },
      checkedAt: new Date(checkedAt),
      ...(await readMetadata(join(dir, feed.folder))),
    };
  } catch {
    // A cache that cannot be read is no cache: whoever asks fetches it again and says why that fails.
    return undefined;
  }
}

/**
 * Fetches and unpacks a layer into `store`, and makes it the current one when it is whole. The one before stays for
 * scans that still read it; older ones go.
 * @throws FactoryError "database-unavailable" for a layer of another kind, and whatever `source.download` throws.
 */
export async function installFeed(
  store: string,
  feed: Feed,
  source: FeedSource,
  layer: FeedLayer,
  door: { readonly run: Run; readonly now: Date; readonly signal: AbortSignal },
): Promise<InstalledFeed> {
  if (layer.mediaType !== feed.mediaType) {
    throw unusable(feed, source, `expected a layer of type ${feed.mediaType}, got ${layer.mediaType}`);
  }
  const next = join(store, "next");
  const contents = join(next, feed.folder);
  await rm(next, { recursive: true, force: true });
  await mkdir(contents, { recursive: true });
  const archive = join(next, "layer.tar.gz");
  await source.download(layer, archive, door.signal);
  await unpack(feed, source, archive, contents, door);
  await rm(archive);
  const { version } = await readMetadata(contents);
  if (version !== feed.version) {
    throw unusable(feed, source, `expected schema ${feed.version}, got ${version}`);
  }
  const folder = shortDigest(layer.digest);
  await rm(join(store, folder), { recursive: true, force: true });
  await rename(next, join(store, folder));
  const previous = await readInstalledFeed(store, feed);
  const marks = await markFiles(join(store, folder, feed.folder), [feed.data, metadataName]);
  const pointer = { digest: layer.digest, source: source.name, folder, marks };
  const installed = await confirmFeed(store, feed, pointer, door.now);
  await removeOthers(store, [folder, previous?.dir.slice(store.length + 1) ?? folder]);
  return installed;
}

/** Notes that the source still has the same layer. */
export async function confirmFeed(
  store: string,
  feed: Feed,
  { digest, source, folder, marks }: Omit<Pointer, "checkedAt">,
  now: Date,
): Promise<InstalledFeed> {
  const pointer: Pointer = { digest, source, folder, marks, checkedAt: now.toISOString() };
  await writeFileAtomic(currentFile(store), sealed(pointer));
  const metadata = await readMetadata(join(store, folder, feed.folder));
  return { dir: join(store, folder), digest, source, marks, checkedAt: now, ...metadata };
}

interface Pointer {
  readonly digest: Digest;
  readonly source: string;
  readonly folder: string;
  readonly checkedAt: string;
  readonly marks: FileMarks;
}

const metadataName = "metadata.json";

function currentFile(store: string): string {
  return join(store, "current.json");
}

async function unpack(
  feed: Feed,
  source: FeedSource,
  archive: string,
  contents: string,
  { run, signal }: { readonly run: Run; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await run({ tool: "tar", args: ["-xzf", archive, "-C", contents, "--no-same-owner"], signal });
  } catch (cause) {
    if (!(cause instanceof FactoryError) || cause.code !== "tool-failed") throw cause;
    throw unusable(feed, source, `its layer cannot be unpacked: ${cause.message}`);
  }
  const expected = [feed.data, metadataName];
  for (const name of await readdir(contents)) {
    const path = join(contents, name);
    if (!expected.includes(name) || !(await lstat(path)).isFile()) await rm(path, { recursive: true });
  }
  const present = await readdir(contents);
  const missing = expected.filter((name) => !present.includes(name));
  if (missing.length > 0) throw unusable(feed, source, `its layer has no ${missing.join(" and no ")}`);
}

async function removeOthers(store: string, kept: readonly string[]): Promise<void> {
  const entries = await readdir(store, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory() && !kept.includes(entry.name)) {
      await rm(join(store, entry.name), { recursive: true, force: true });
    }
  }
}

async function readMetadata(
  dir: string,
): Promise<Pick<InstalledFeed, "version" | "updatedAt" | "nextUpdate">> {
  const file = join(dir, metadataName);
  const metadata = JSON.parse(await readFile(file, "utf8")) as Readonly<Record<string, unknown>>;
  const [version, updatedAt, nextUpdate] = [
    metadata["Version"],
    new Date(String(metadata["UpdatedAt"])),
    new Date(String(metadata["NextUpdate"])),
  ];
  if (typeof version === "number" && !Number.isNaN(+updatedAt) && !Number.isNaN(+nextUpdate)) {
    return { version, updatedAt, nextUpdate };
  }
  throw new FactoryError("database-unavailable", `${file}: expected Version, UpdatedAt and NextUpdate`);
}

function unusable(feed: Feed, source: FeedSource, why: string): FactoryError {
  return new FactoryError("database-unavailable", `${source.name} is no ${feed.name} of Trivy's: ${why}`, {
    hint: `Correct ${feed.setting} in factory.yaml.`,
  });
}
