import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finished, Run } from "../run.ts";
import { containerSpec } from "./container-spec.ts";
import type { PodProfile } from "./pod-profiles.ts";
import type { UnpackedImage } from "./unpacked-image.ts";

export interface PodDoor {
  readonly run: Run;
  /** Path of runc. */
  readonly runc: string;
  readonly image: UnpackedImage;
  /** A folder for bundles and volumes, which every user may enter. */
  readonly scratch: string;
  /** Variables besides the image's own, such as where packages come from on this network. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface PodCommand {
  readonly profile: PodProfile;
  /** Of the container and of the folder with its volumes, which a later one of that name finds again. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly alsoOk?: readonly number[];
}

/** What a kubelet adds to the variables of the image's config. */
const podEnvironment = { KUBERNETES_SERVICE_HOST: "10.96.0.1" };

/** Longer than a build for two platforms takes on a slow machine. */
const timeoutMs = 20 * 60_000;

/** Where a volume of a container is on this machine. */
export function volumeOf(scratch: string, name: string, volume: "work" | "state"): string {
  return join(scratch, name, volume);
}

/** Runs a command in the image as a pod of that profile would, with empty volumes for work and state, and waits for it. */
export async function runInPod(command: PodCommand, door: PodDoor): Promise<Finished> {
  const { profile, name } = command;
  const { run, runc, image, scratch, signal } = door;
  const bundle = join(scratch, name, "bundle");
  await mkdir(bundle, { recursive: true });
  const volumes = [
    ["/var/lib/image-factory", volumeOf(scratch, name, "work")],
    ["/var/lib/image-factory-state", volumeOf(scratch, name, "state")],
  ] as const;
  for (const [, folder] of volumes) {
    await mkdir(folder, { recursive: true });
    // An id-mapped volume has the ids of the pod on disk, as a kubelet makes it.
    await chown(folder, profile.uid, profile.uid);
  }
  const spec = containerSpec({
    profile,
    rootDir: profile.hostUsers ? image.hostUsers : image.ownUsers,
    args: command.args,
    env: {
      ...image.config.env,
      ...podEnvironment,
      HOME: profile.uid === 0 ? "/root" : "/home/image-factory",
      ...door.env,
      ...command.env,
    },
    cwd: image.config.workingDir,
    volumes: Object.fromEntries(volumes),
  });
  await writeFile(join(bundle, "config.json"), JSON.stringify(spec));
  const state = [`--root=${join(scratch, "runc")}`];
  try {
    return await run({
      tool: runc,
      args: [...state, "run", `--bundle=${bundle}`, name],
      timeoutMs,
      signal,
      ...(command.alsoOk === undefined ? {} : { alsoOk: command.alsoOk }),
    });
  } finally {
    await run({ tool: runc, args: [...state, "delete", "--force", name], alsoOk: [1] });
  }
}

/** Sends a signal to the first process of a container. */
export async function signalPod(
  name: string,
  signal: string,
  { run, runc, scratch }: PodDoor,
): Promise<void> {
  await run({ tool: runc, args: [`--root=${join(scratch, "runc")}`, "kill", name, signal] });
}
