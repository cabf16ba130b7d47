import type { BuildHost } from "./host.ts";

function ownProcessIds(isolation: BuildHost["isolation"]): readonly string[] {
  const proc = isolation.kind === "oci" || isolation.proc === "own" ? ["--mount-proc"] : [];
  return ["unshare", "--pid", "--fork", "--kill-child", ...proc, "--"];
}

/** Mounts the whole tree on the folder `$0`, where "/" then is a mount point, and goes on in it with the same paths. */
const onMountedRoot = 'mount --rbind / "$0" && mount --make-rprivate "$0" && exec chroot "$0" "$@"';

/**
 * The words before `buildah` that put it into namespaces of its own. As root it has process ids and mounts of its own, so
 * that no process and no mount of a build outlives it; chroot isolation has them without root too, because RUN
 * shares them with buildah there.
 */
export function enclosure(
  host: Pick<BuildHost, "rootless" | "userNamespace" | "isolation" | "rootMount">,
): readonly string[] {
  const { isolation } = host;
  if (host.rootless)
    return isolation.kind === "oci" ? [] : [...host.userNamespace, ...ownProcessIds(isolation)];
  if (host.rootMount === undefined) return ownProcessIds(isolation);
  const ownMounts = ["unshare", "--mount", "--propagation=unchanged", "--"];
  return [...ownMounts, "sh", "-c", onMountedRoot, host.rootMount, ...ownProcessIds(isolation)];
}

/**
 * Whether "/" is a mount point. In a plain chroot it is not, and neither unshare nor a runtime can work there.
 * @param mountInfo Text of /proc/self/mountinfo: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function rootIsMountPoint(mountInfo: string): boolean {
  return mountInfo.split("\n").some((line) => line.split(" ")[4] === "/");
}

/** What buildah gives a step unless it is told otherwise, and the most that it gets here. */
const ceiling = 1_048_576;

/**
 * The limits of a step, as `nofile=<soft>:<hard>`: this process's own where they are lower than buildah's, which a
 * container without CAP_SYS_RESOURCE may not set.
 * @param limits Text of /proc/self/limits.
 */
export function stepLimits(limits: string): readonly string[] {
  return (
    [
      ["nofile", "Max open files"],
      ["nproc", "Max processes"],
    ] as const
  ).flatMap(([name, title]) => {
    const hard = new RegExp(`^${title} +\\S+ +(\\d+|unlimited) `, "m").exec(limits)?.[1];
    if (hard === undefined) return [];
    const value = hard === "unlimited" ? ceiling : Math.min(Number(hard), ceiling);
    return [`${name}=${value}:${value}`];
  });
}
