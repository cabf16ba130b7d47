import { readFileSync } from "node:fs";

/** Number of CAP_SYS_ADMIN: https://man7.org/linux/man-pages/man7/capabilities.7.html */
const administratorBit = 21n;

/**
 * Whether this process may mount only in a user namespace that it makes: a user without root, or a pod's root that was
 * left without CAP_SYS_ADMIN, which buildah treats alike.
 */
export function isRootless(uid = process.getuid?.()): boolean {
  return uid !== 0 || !isAdministrator(readStatus());
}

/** @param status Text of /proc/self/status; without any (no Linux) there are no capabilities to lack. */
export function isAdministrator(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective === undefined || ((BigInt(`0x${effective}`) >> administratorBit) & 1n) === 1n;
}

/** As many ids as /etc/subuid of the builder image gives a pod's root besides its own, and as a pod has. */
const furtherIds = "1,1,65535";

/**
 * The words before a command that give it a user namespace with every id that this user has, in which it is root: what a
 * rootless build wrote can be written and deleted there alone. None for root itself.
 */
export function userNamespace(uid = process.getuid?.()): readonly string[] {
  if (!isRootless(uid)) return [];
  // buildah unshare knows users without root alone.
  if (uid !== 0) return ["buildah", "unshare"];
  const maps = ["users", "groups"].flatMap((ids) => [`--map-${ids}=0,0,1`, `--map-${ids}=${furtherIds}`]);
  return ["unshare", "--user", "--mount", ...maps, "--"];
}

function readStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}
