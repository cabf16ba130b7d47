import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { Credential } from "../registry/credentials.ts";
import type { Run } from "../run.ts";
import { firstId, idCount } from "./container-spec.ts";

/** An image as a container runtime needs it: its root file system, by whose users it is. */
export interface UnpackedImage {
  /** Owned by the users of this machine. */
  readonly hostUsers: string;
  /** Owned by those of a pod with users of its own. */
  readonly ownUsers: string;
}

export interface UnpackDoor {
  readonly run: Run;
  /** An empty folder that every user may enter. */
  readonly scratch: string;
  readonly credentials: Readonly<Record<string, Credential>>;
  /** host:port of registries that speak plain HTTP. */
  readonly insecureHosts: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Unpacks an image twice for as long as `work` takes, as root.
 * @param image What buildah pulls: a reference, or `docker-archive:<file>`, `oci:<folder>`.
 */
export async function withUnpackedImage<T>(
  image: string,
  { run, scratch, credentials, insecureHosts, signal }: UnpackDoor,
  work: (unpacked: UnpackedImage) => Promise<T>,
): Promise<T> {
  const files = { auth: join(scratch, "auth.json"), registries: join(scratch, "registries.conf") };
  await writeAuthFile(files.auth, credentials);
  const insecure = insecureHosts.map(
    (host) => `[[registry]]\nlocation = ${JSON.stringify(host)}\ninsecure = true\n`,
  );
  await writeFile(files.registries, insecure.join(""));
  const storage = [`--root=${join(scratch, "storage")}`, `--runroot=${join(scratch, "run")}`];
  const buildah = async (...args: string[]) => {
    const finished = await run({
      tool: "buildah",
      args: [`--registries-conf=${files.registries}`, ...storage, ...args],
      env: { TMPDIR: scratch },
      signal,
    });
    return finished.stdout.trim();
  };
  const unpacked = { hostUsers: join(scratch, "host-users"), ownUsers: join(scratch, "own-users") };
  const map = `0:${firstId}:${idCount}`;
  try {
    const id = await buildah("pull", "--quiet", `--authfile=${files.auth}`, image);
    for (const [folder, options] of [
      [unpacked.hostUsers, []],
      [unpacked.ownUsers, [`--userns-uid-map=${map}`, `--userns-gid-map=${map}`]],
    ] as const) {
      const container = await buildah("from", "--pull-never", ...options, id);
      await mkdir(folder);
      // Its place in buildah's storage is one that no other user may pass.
      await run({ tool: "mount", args: ["--bind", await buildah("mount", container), folder] });
    }
    return await work(unpacked);
  } finally {
    for (const folder of Object.values(unpacked))
      await run({ tool: "umount", args: ["--lazy", folder], alsoOk: [1, 32] });
    await run({ tool: "buildah", args: [...storage, "rm", "--all"], alsoOk: [1, 125] });
  }
}
