import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClusterApi } from "../../src/cluster/api.ts";
import { createLeases, type LeaseDoor, type LeaseTiming, pause, withLease } from "../../src/state/lease.ts";
import { type LeaseServer, startLeaseServer } from "../cluster/lease-server.ts";

let server: LeaseServer;
beforeEach(async () => {
  server = await startLeaseServer();
});
afterEach(() => server.stop());

const timing: LeaseTiming = { durationS: 20, countsOnMs: 15_000, renewMs: 100, pollMs: 20 };
const lock = { name: "publish-x", of: "factory.localhost/x" };
const leaseName = "image-factory-publish-x";

function leasesOf(more: Partial<LeaseDoor> = {}) {
  const connect = async () => ({ server: new URL(server.url), options: {} });
  return createLeases({
    api: createClusterApi(connect),
    namespace: "factory",
    now: () => performance.now(),
    sleep: pause,
    timing,
    ...more,
  });
}

/** Ends when the holder has asked for its lease twice more: the answer to the first is there by then. */
async function renewed(): Promise<void> {
  const puts = () => server.requests.filter((line) => line.startsWith("PUT")).length;
  const wanted = puts() + 2;
  for (let tries = 0; puts() < wanted && tries < 500; tries++) await sleep(10);
}

/** A lease that a dead holder left; the clock of its machine is a year behind. */
async function leaveLease(): Promise<void> {
  await leasesOf({ timing: { ...timing, renewMs: 1_000_000 } }).hold(lock, undefined);
  const left = server.leases.get(leaseName);
  if (left === undefined) throw new Error("there is no lease");
  const spec = { ...left.spec, holderIdentity: "dead", renewTime: "2025-11-21T00:00:00.000000Z" };
  server.leases.set(leaseName, { ...left, spec });
}

describe("a lease", () => {
  it("is held by one at a time, by its name, and is gone when nobody wants it", async () => {
    const inside: string[] = [];
    const seen: (string | undefined)[] = [];
    await Promise.all(
      ["a", "b", "c", "d"].map((name) =>
        withLease(leasesOf(), lock, undefined, async (check) => {
          inside.push(name);
          await sleep(30);
          check();
          seen.push(inside.join());
          inside.pop();
        }),
      ),
    );
    expect(seen.sort()).toEqual(["a", "b", "c", "d"]);
    expect([...server.leases]).toEqual([]);
  });

  it("says who holds it and what it is for", async () => {
    const held = await leasesOf().hold(lock, undefined);
    const { metadata, spec } = server.leases.get(leaseName) ?? {};
    expect(metadata).toMatchObject({
      labels: { "app.kubernetes.io/managed-by": "image-factory" },
      annotations: { "image-factory/lock-of": "factory.localhost/x" },
    });
    expect(spec).toMatchObject({
      holderIdentity: expect.stringMatching(/^.+_[0-9a-f-]{36}$/),
      leaseDurationSeconds: 20,
    });
    await held.release();
  });

  it("is renewed for as long as its holder works", async () => {
    let now = 0;
    const held = await leasesOf({ now: () => now }).hold(lock, undefined);
    for (const at of [10_000, 20_000, 30_000]) {
      now = at;
      await renewed();
      held.check();
    }
    await held.release();
  });

  it("of a dead holder is free when it has stood for its length before the eyes of the next, whatever clocks say", async () => {
    await leaveLease();
    let now = 0;
    const waits: number[] = [];
    const held = await leasesOf({
      now: () => now,
      sleep: async () => {
        now += 5_000;
        waits.push(now);
      },
    }).hold(lock, undefined);
    expect(waits).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect(server.leases.get(leaseName)?.spec["leaseTransitions"]).toBe(1);
    await held.release();
  });

  it("of a dead holder goes to one of those who wait for it", async () => {
    await leaveLease();
    let now = 0;
    const waitOnce = async () => {
      now += 5_000;
      await sleep(5);
    };
    const wait = () => leasesOf({ now: () => now, sleep: waitOnce });
    const first = wait().hold(lock, undefined);
    const second = wait().hold(lock, undefined);
    const held = await Promise.race([first, second]);
    const transitions = server.leases.get(leaseName)?.spec["leaseTransitions"];
    expect(transitions).toBe(1);
    await held.release();
    const other = await Promise.all([first, second].map(async (one) => (await one).release()));
    expect(other.length).toBe(2);
  });

  it("whose answer was lost is known as one's own", async () => {
    server.answer = (method) => {
      if (method !== "POST") return "serve";
      server.answer = () => "serve";
      return "lost";
    };
    const held = await leasesOf().hold(lock, undefined);
    held.check();
    expect(server.requests.filter((line) => line.startsWith("POST")).length).toBe(1);
    await held.release();
  });

  it("that was not renewed in time is not counted on, before others may take it", async () => {
    let now = 0;
    const held = await leasesOf({ now: () => now }).hold(lock, undefined);
    server.answer = () => 500;
    now = 16_000;
    await renewed();
    expect(held.check).toThrow(/could not be renewed in time, so nothing more is changed under it/);
    server.answer = () => "serve";
    // Nobody took it meanwhile: it is renewed again.
    await renewed();
    expect(held.check).not.toThrow();
    await held.release();
  });

  it("that somebody else took is lost", async () => {
    const held = await leasesOf().hold(lock, undefined);
    const standing = server.leases.get(leaseName);
    if (standing === undefined) throw new Error("there is no lease");
    const metadata = { ...standing.metadata, resourceVersion: "1000" };
    server.leases.set(leaseName, { metadata, spec: { ...standing.spec, holderIdentity: "other" } });
    // The one that it asks for now is refused, and it asks no more.
    await sleep(300);
    expect(held.check).toThrow(/is held by other, so nothing more is changed under it/);
    await held.release();
    expect(server.leases.has(leaseName)).toBe(true);
  });

  it("is waited for until the command is told to stop", async () => {
    const held = await leasesOf().hold(lock, undefined);
    const stop = new AbortController();
    const waiting = leasesOf().hold(lock, stop.signal);
    setTimeout(() => stop.abort(new Error("stopped")), 50);
    await expect(waiting).rejects.toThrow("stopped");
    await held.release();
  });

  it("that may not be taken says what is missing", async () => {
    server.answer = () => 403;
    await expect(leasesOf().hold(lock, undefined)).rejects.toMatchObject({ code: "credentials-invalid" });
    server.answer = () => "serve";
    await expect(leasesOf({ namespace: "other" }).hold(lock, undefined)).rejects.toMatchObject({
      code: "settings-invalid",
      message: expect.stringContaining('namespaces "other" not found'),
    });
    server.answer = () => 503;
    await expect(leasesOf().hold(lock, undefined)).rejects.toMatchObject({ code: "cluster-unavailable" });
  });

  it("of a dead run whose lock nobody wants is removed a day later, and no other is", async () => {
    const labels = { "app.kubernetes.io/managed-by": "image-factory" };
    const lease = (name: string, renewTime: string, own: boolean) =>
      server.leases.set(name, {
        metadata: { name, uid: "u", resourceVersion: "1", ...(own ? { labels } : {}) },
        spec: { renewTime },
      });
    lease("image-factory-build-old", "2026-01-01T00:00:00.000000Z", true);
    lease("image-factory-build-new", `${new Date().toISOString().slice(0, -1)}000Z`, true);
    lease("somebody-elses", "2026-01-01T00:00:00.000000Z", false);
    await (await leasesOf().hold(lock, undefined)).release();
    expect([...server.leases.keys()].sort()).toEqual(["image-factory-build-new", "somebody-elses"]);
  });
});
