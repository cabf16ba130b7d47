import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { userNamespace } from "../../build/rootless.ts";
import { FactoryError } from "../../errors.ts";
import { imageTimeSeconds } from "../../image-time.ts";
import type { Deb } from "./deb-cache.ts";
import type { DebContents } from "./deb-contents.ts";
import { type DebianDoor, plainEnglish, stoppable } from "./door.ts";
import { stderrOf } from "./fetch-files.ts";
import { mergeHook } from "./root-recipe.ts";

const timeoutMs = 30 * 60_000;

/** Packages that become a root, of one architecture. */
export interface Unpacking {
  readonly debs: readonly Deb[];
  readonly contents: readonly DebContents[];
  readonly architecture: string;
  /** An empty folder that every user may enter: without root, mmdebstrap works as another user. */
  readonly scratch: string;
}

/**
 * Unpacks packages as they are, into a tar archive, for any architecture without running a program of it.
 * @throws FactoryError "machine-lacks" where a user without root has no further user ids.
 */
export function unpackDebs(unpacking: Unpacking, door: DebianDoor): Promise<string> {
  // No program of that architecture will be run, so nothing has to be mounted for it.
  return mmdebstrap(unpacking, [], ["--variant=extract", "--skip=chroot/mount"], door);
}

/**
 * Unpacks packages and runs their scripts, which emulation has to be there for on another platform.
 * @throws FactoryError as `unpackDebs`.
 */
export function configureDebs(unpacking: Unpacking, door: DebianDoor): Promise<string> {
  // What is mounted for the scripts is gone when mmdebstrap ends, however it ends.
  return mmdebstrap(unpacking, ["unshare", "--mount", "--"], ["--variant=apt"], door);
}

/** mmdebstrap is given an archive of just these packages: it needs no network and can take no others. */
async function mmdebstrap(
  { debs, contents, architecture, scratch }: Unpacking,
  enclosure: readonly string[],
  how: readonly string[],
  door: DebianDoor,
): Promise<string> {
  const archive = join(scratch, "archive");
  await writeArchive(debs, contents, archive);
  const tar = join(scratch, "unpacked.tar");
  const [tool = "", ...args] = [
    ...userNamespace(),
    ...enclosure,
    "mmdebstrap",
    "--mode=root",
    ...how,
    `--architectures=${architecture}`,
    `--include=${contents.map(({ name }) => name).join(",")}`,
    "--format=tar",
    // Emulation was seen to already, and devices are the container engine's to make.
    "--skip=check/qemu,output/dev",
    `--setup-hook=${mergeHook(architecture)}`,
    "",
    tar,
    `deb [trusted=yes] copy:${archive} ./`,
  ];
  // Names of owners would be looked up on this machine, whose numbers for them may differ from Debian's.
  const env = {
    ...plainEnglish,
    SOURCE_DATE_EPOCH: String(imageTimeSeconds),
    TAR_OPTIONS: "--numeric-owner",
  };
  await door.run({ tool, args, env, timeoutMs, ...stoppable(door) }).catch((error: unknown) => {
    throw explain(error);
  });
  return tar;
}

/**
 * A flat archive: the packages, and an index of them. It is trusted without a signature, for each was hashed.
 * @see https://wiki.debian.org/DebianRepository/Format#Flat_Repository_Format
 */
async function writeArchive(
  debs: readonly Deb[],
  contents: readonly DebContents[],
  archive: string,
): Promise<void> {
  await mkdir(archive);
  await chmod(archive, 0o755);
  const controls = new Map(contents.map(({ name, control }) => [name, control]));
  const stanzas = debs.map(async ({ package: { name, sha256, size }, file }) => {
    const copy = join(archive, `${name}.deb`);
    await copyFile(file, copy);
    await chmod(copy, 0o644);
    return `${controls.get(name) ?? ""}Filename: ./${name}.deb\nSize: ${size}\nSHA256: ${sha256}\n`;
  });
  const index = join(archive, "Packages");
  await writeFile(index, (await Promise.all(stanzas)).join("\n"));
  // Whatever the umask: mmdebstrap may work as another user.
  await chmod(index, 0o644);
}

function explain(error: unknown): unknown {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return error;
  const said = stderrOf(error);
  if (!/unshare|newuidmap|subuid|user namespace/i.test(said)) return error;
  return new FactoryError("machine-lacks", `mmdebstrap cannot work without root here: ${lastError(said)}`, {
    hint: "It needs ranges in /etc/subuid and /etc/subgid, newuidmap (package uidmap) and user namespaces; or run as root.",
    cause: error,
  });
}

function lastError(said: string): string {
  return (
    said
      .match(/^E: .*$/gm)
      ?.at(-1)
      ?.slice(3) ??
    said.trim().split("\n").at(-1) ??
    ""
  );
}
