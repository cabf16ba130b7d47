import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi } from "../cluster/api.ts";
import { FactoryError } from "../errors.ts";
import { isDeserted } from "./lease-group.ts";
import {
  type Lease,
  type LeasePlace,
  labelsOf,
  leasePath,
  listLeases,
  ownLabel,
  removeLease,
} from "./lease-object.ts";

/** Locks that the machines of one cluster have in common. */
export interface Leases {
  /**
   * Takes the lock, waiting as long as it takes.
   * @throws FactoryError "cluster-unavailable", "credentials-invalid", "settings-invalid", and what `signal` aborts with.
   */
  readonly hold: (lock: LeaseName, signal: AbortSignal | undefined) => Promise<HeldLease>;
  /** Whether nobody who lives holds a lease of the group; it may take as long as a lease lasts to know. @throws as `hold`. */
  readonly isDeserted: (group: string, signal: AbortSignal | undefined) => Promise<boolean>;
}

export interface LeaseName {
  readonly name: string;
  /** What it is held together with, by others under names of their own. */
  readonly group?: string;
  /** What it is the lock of, for people. */
  readonly of: string;
}

export interface HeldLease {
  /** @throws FactoryError "locked" where it cannot be known any more that nobody else has the lock. */
  readonly check: () => void;
  readonly release: () => Promise<void>;
}

export interface LeaseDoor extends LeasePlace {
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly timing: LeaseTiming;
}

/** As client-go has them: the holder gives up well before others may take over. */
export interface LeaseTiming {
  /** Whole seconds; others take over when a lease has stood so long as they themselves saw it. */
  readonly durationS: number;
  /** The holder counts on the lease for so long after it last asked for it. */
  readonly countsOnMs: number;
  readonly renewMs: number;
  readonly pollMs: number;
}

export const leaseTiming: LeaseTiming = { durationS: 15, countsOnMs: 10_000, renewMs: 3_000, pollMs: 1_000 };

export function createLeases(door: LeaseDoor): Leases {
  let swept: Promise<void> | undefined;
  return {
    hold: async (lock, signal) => {
      const held = await acquire(lock, signal, door);
      // What killed runs have left, whose locks nobody asks for again.
      swept ??= sweep(door).catch(() => undefined);
      await swept;
      return held;
    },
    isDeserted: (group, signal) => isDeserted(group, signal, door),
  };
}

/** Runs `work` with the lease held; without leases it just runs. */
export async function withLease<T>(
  leases: Leases | undefined,
  lock: LeaseName,
  signal: AbortSignal | undefined,
  work: (check: () => void) => Promise<T>,
): Promise<T> {
  if (leases === undefined) return work(() => undefined);
  const held = await leases.hold(lock, signal);
  try {
    return await work(held.check);
  } finally {
    await held.release();
  }
}

/** Fails of an API server that a holder and a waiter sit out. */
const mostFailures = 10;

async function acquire(
  lock: LeaseName,
  signal: AbortSignal | undefined,
  door: LeaseDoor,
): Promise<HeldLease> {
  const { api, namespace, now, timing } = door;
  const name = `image-factory-${lock.name}`;
  const own = `${hostname()}_${randomUUID()}`;
  const path = leasePath(namespace, name);
  const wanted = (before?: Lease): Lease => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: before?.metadata ?? {
      name,
      labels: labelsOf(lock.group),
      annotations: { "image-factory/lock-of": lock.of },
    },
    spec: {
      holderIdentity: own,
      leaseDurationSeconds: timing.durationS,
      acquireTime: microTime(),
      renewTime: microTime(),
      leaseTransitions: before === undefined ? 0 : (before.spec.leaseTransitions ?? 0) + 1,
    },
  });
  let seen: { readonly spec: string; readonly at: number } | undefined;
  const tryOnce = async (): Promise<Lease | undefined> => {
    const found = await api.request("GET", path);
    if (found.status === 404)
      return (await ask(api, "POST", leasePath(namespace), wanted(), namespace)).lease;
    const lease = found.body as Lease;
    // An answer that was lost may have given it to us.
    if (lease.spec.holderIdentity === own) return lease;
    const spec = JSON.stringify(lease.spec);
    if (seen?.spec !== spec) seen = { spec, at: now() };
    const lastsMs = (lease.spec.leaseDurationSeconds ?? timing.durationS) * 1_000;
    const isFree = (lease.spec.holderIdentity ?? "") === "" || now() - seen.at >= lastsMs;
    return isFree ? (await ask(api, "PUT", path, wanted(lease), namespace)).lease : undefined;
  };
  for (let failures = 0; ; ) {
    signal?.throwIfAborted();
    const askedAt = now();
    try {
      const lease = await tryOnce();
      if (lease !== undefined) return keep(lock, path, own, { lease, askedAt }, door);
      failures = 0;
    } catch (error) {
      failures += 1;
      const isPassing = error instanceof FactoryError && error.code === "cluster-unavailable";
      if (!isPassing || failures >= mostFailures) throw error;
    }
    await door.sleep(timing.pollMs * (0.5 + Math.random()), signal);
  }
}

/** Undefined where somebody else was first. */
interface Answered {
  readonly lease: Lease | undefined;
}

async function ask(
  api: ClusterApi,
  method: "POST" | "PUT",
  path: string,
  lease: Lease,
  namespace: string,
): Promise<Answered> {
  const { status, body } = await api.request(method, path, lease);
  if (status === 200 || status === 201) return { lease: body as Lease };
  // Somebody else wrote it since it was read, or took it away.
  if (status === 409 || (status === 404 && method === "PUT")) return { lease: undefined };
  const said = (body as { readonly message?: string } | undefined)?.message ?? `status ${status}`;
  throw new FactoryError("settings-invalid", `lease ${lease.metadata.name} in ${namespace}: ${said}`, {
    hint: "leaseNamespace has to name a namespace of this cluster.",
  });
}

/** Renews the lease until it is released or lost. */
function keep(
  lock: LeaseName,
  path: string,
  own: string,
  taken: { readonly lease: Lease; readonly askedAt: number },
  door: LeaseDoor,
): HeldLease {
  const { api, namespace, now, timing } = door;
  let { lease, askedAt } = taken;
  let takenBy: string | undefined;
  let isAsking = false;
  let renewing: Promise<void> = Promise.resolve();
  const renew = async () => {
    const startedAt = now();
    const spec = { ...lease.spec, renewTime: microTime() };
    const answered = await ask(api, "PUT", path, { ...lease, spec }, namespace);
    if (answered.lease !== undefined) {
      lease = answered.lease;
      askedAt = startedAt;
      return;
    }
    const found = await api.request("GET", path);
    const standing = found.status === 200 ? (found.body as Lease) : undefined;
    // A renewal whose answer was lost is one all the same; the next makes sure.
    if (standing?.spec.holderIdentity === own) lease = standing;
    else takenBy = standing?.spec.holderIdentity ?? "nobody: it was deleted";
  };
  const timer = setInterval(() => {
    if (isAsking || takenBy !== undefined) return;
    isAsking = true;
    // One that fails is asked for again, until it is too late to count on the lease.
    renewing = renew()
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, timing.renewMs);
  timer.unref();
  return {
    check: () => {
      if (takenBy === undefined && now() - askedAt < timing.countsOnMs) return;
      const why = takenBy === undefined ? "could not be renewed in time" : `is held by ${takenBy}`;
      throw new FactoryError(
        "locked",
        `${lock.of}: the lease ${lease.metadata.name} ${why}, so nothing more is changed under it`,
        {
          hint: "Run the same command again: another run may have published meanwhile.",
        },
      );
    },
    release: async () => {
      clearInterval(timer);
      await renewing;
      // One that cannot be given back ends by itself.
      if (takenBy === undefined) await removeLease(door, lease).catch(() => undefined);
    },
  };
}

const dayMs = 86_400_000;

/** Removes leases of ours that nobody has renewed for a day. */
async function sweep(place: LeasePlace): Promise<void> {
  for (const lease of (await listLeases(place, ownLabel)) ?? []) {
    if (Date.now() - Date.parse(lease.spec.renewTime ?? "") >= dayMs) await removeLease(place, lease);
  }
}

/** RFC 3339 with microseconds, as the API has it. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

/** Sleeps that end with what the signal aborts with. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
}
