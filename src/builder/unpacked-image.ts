import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { architectureOf, type Platform } from "../platform.ts";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { Credential } from "../registry/credentials.ts";
import type { Run } from "../run.ts";
import { firstId, idCount } from "./container-spec.ts";

/** What an image's config says of its processes. */
export interface ImageConfig {
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entryPoint: readonly string[];
  readonly workingDir: string;
}

/** An image as a container runtime needs it: its config, and its root file system, by whose users it is. */
export interface UnpackedImage {
  readonly platform: Platform;
  readonly config: ImageConfig;
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
  platform: Platform,
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
  const roots = { hostUsers: join(scratch, "host-users"), ownUsers: join(scratch, "own-users") };
  const map = `0:${firstId}:${idCount}`;
  try {
    const id = await buildah("pull", "--quiet", `--platform=${platform}`, `--authfile=${files.auth}`, image);
    const inspected = JSON.parse(await buildah("inspect", "--type=image", id)) as {
      readonly OCIv1: OciConfig;
    };
    for (const [folder, options] of [
      [roots.hostUsers, []],
      [roots.ownUsers, [`--userns-uid-map=${map}`, `--userns-gid-map=${map}`]],
    ] as const) {
      const container = await buildah("from", "--pull-never", ...options, id);
      await mkdir(folder);
      // Its place in buildah's storage is one that no other user may pass.
      await run({ tool: "mount", args: ["--bind", await buildah("mount", container), folder] });
    }
    return await work({ ...roots, platform, config: parseConfig(inspected.OCIv1, platform) });
  } finally {
    for (const folder of Object.values(roots))
      await run({ tool: "umount", args: ["--lazy", folder], alsoOk: [1, 32] });
    await run({ tool: "buildah", args: [...storage, "rm", "--all"], alsoOk: [1, 125] });
  }
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md */
interface OciConfig {
  readonly architecture: string;
  readonly config?: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly WorkingDir?: string;
  };
}

/**
 * Reads an image's config.
 * @throws FactoryError "tool-failed" when the image is of another platform.
 */
export function parseConfig({ architecture, config = {} }: OciConfig, platform: Platform): ImageConfig {
  if (architecture !== architectureOf(platform))
    throw new FactoryError("tool-failed", `expected an image for ${platform}, got one for ${architecture}`);
  const variables = (config.Env ?? []).map((line) => {
    const [name = "", ...value] = line.split("=");
    return [name, value.join("=")] as const;
  });
  return {
    user: config.User ?? "",
    env: Object.fromEntries(variables),
    entryPoint: config.Entrypoint ?? [],
    workingDir: config.WorkingDir || "/",
  };
}
