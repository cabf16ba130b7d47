import { FactoryError } from "../errors.ts";
import type { LeaseDoor } from "./lease.ts";
import { labelsOf, listLeases, removeLease } from "./lease-object.ts";

/**
 * Whether no holder of a lease of the group lives: none was seen to renew its own, or to take one, for as long as it
 * would last. What dead ones have left is removed, so that a holder that only slept finds it gone. The caller keeps
 * further ones from coming.
 * @throws FactoryError as `Leases.hold`.
 */
export async function isDeserted(
  group: string,
  signal: AbortSignal | undefined,
  door: LeaseDoor,
): Promise<boolean> {
  const { now, sleep, timing } = door;
  const look = async () => {
    const found = await listLeases(door, labelsOf(group));
    if (found !== undefined) return found;
    throw new FactoryError("settings-invalid", `the leases in ${door.namespace} cannot be listed`, {
      hint: "leaseNamespace has to name a namespace of this cluster.",
    });
  };
  const startedAt = now();
  let left = await look();
  const seen = new Map(left.map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec)]));
  const lastsMs = Math.max(
    0,
    ...left.map(({ spec }) => (spec.leaseDurationSeconds ?? timing.durationS) * 1_000),
  );
  while (left.length > 0 && now() - startedAt < lastsMs) {
    await sleep(timing.pollMs, signal);
    left = await look();
    if (left.some(({ metadata, spec }) => seen.get(metadata.name) !== JSON.stringify(spec))) return false;
  }
  const removed = await Promise.all(left.map((lease) => removeLease(door, lease)));
  return removed.every((isGone) => isGone);
}
