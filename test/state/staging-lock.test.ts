import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClusterApi } from "../../src/cluster/api.ts";
import { createLeases, type LeaseTiming, pause } from "../../src/state/lease.ts";
import { shareState } from "../../src/state/shared-state.ts";
import { withStaging, withStagingAlone } from "../../src/state/staging-lock.ts";
import { type LeaseServer, startLeaseServer } from "../cluster/lease-server.ts";

const staging = { registry: "factory.localhost", path: "app-staging" };
const timing: LeaseTiming = { durationS: 1, countsOnMs: 700, renewMs: 100, pollMs: 20 };

let server: LeaseServer;
const folders: string[] = [];
beforeEach(async () => {
  server = await startLeaseServer();
});
afterEach(async () => {
  await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A pod: a state folder of its own, and the leases of the cluster. */
function pod(more: Partial<LeaseTiming> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), "factory-staging-"));
  folders.push(stateDir);
  const connect = async () => ({ server: new URL(server.url), options: {} });
  const leases = createLeases({
    api: createClusterApi(connect),
    namespace: "factory",
    now: () => performance.now(),
    sleep: pause,
    timing: { ...timing, ...more },
  });
  shareState(stateDir, { leases });
  return { stateDir };
}

/** Work that goes on until it is told to end. */
function gate() {
  let end = () => {};
  const open = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { open, end };
}

const began = async (name: RegExp) => {
  for (let tries = 0; tries < 500 && ![...server.leases.keys()].some((key) => name.test(key)); tries++)
    await sleep(10);
};
const member = /^image-factory-staging-[0-9a-f]{12}-[0-9a-f]{8}$/;

describe("the lock of a staging repository, between pods", () => {
  it("is held by any number of builds side by side, and leaves nothing", async () => {
    let inside = 0;
    let most = 0;
    const all = gate();
    await Promise.all(
      [pod(), pod(), pod()].map((door) =>
        withStaging(staging, door, async (check) => {
          inside += 1;
          most = Math.max(most, inside);
          if (inside === 3) all.end();
          await all.open;
          check();
        }),
      ),
    );
    expect(most).toBe(3);
    expect([...server.leases.keys()]).toEqual([]);
  });

  it("is refused to a gc while a build of another pod lives, however long it builds", async () => {
    const { open, end } = gate();
    const build = withStaging(staging, pod(), () => open);
    await began(member);
    // Longer than a lease lasts: it is renewed.
    await sleep(1_200);
    const gc = await withStagingAlone(staging, pod(), async () => "deleted");
    expect(gc).toBeUndefined();
    end();
    await build;
    expect(await withStagingAlone(staging, pod(), async () => "deleted")).toBe("deleted");
  });

  it("keeps builds of other pods waiting while a gc deletes", async () => {
    const { open, end } = gate();
    const order: string[] = [];
    const gc = withStagingAlone(staging, pod(), async () => {
      await open;
      order.push("gc");
    });
    await began(/^image-factory-staging-[0-9a-f]{12}$/);
    const build = withStaging(staging, pod(), async () => {
      order.push("build");
    });
    await sleep(300);
    expect(order).toEqual([]);
    end();
    await Promise.all([gc, build]);
    expect(order).toEqual(["gc", "build"]);
  });

  it("of a build whose pod died goes to a gc when its lease has stood for its length, and to no other before", async () => {
    // One that renews nothing is as good as dead, and finds out.
    const { open, end } = gate();
    let check = () => {};
    const build = withStaging(staging, pod({ renewMs: 1_000_000 }), async (given) => {
      check = given;
      await open;
    });
    await began(member);
    const startedAt = performance.now();
    expect(await withStagingAlone(staging, pod(), async () => "deleted")).toBe("deleted");
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect([...server.leases.keys()].filter((name) => member.test(name))).toEqual([]);
    expect(check).toThrow(/nothing more is changed/);
    end();
    await build;
  });

  it("is another one for each repository", async () => {
    const { open, end } = gate();
    const build = withStaging(staging, pod(), () => open);
    await began(member);
    const other = { ...staging, path: "other-staging" };
    expect(await withStagingAlone(other, pod(), async () => "deleted")).toBe("deleted");
    end();
    await build;
  });

  it("that nobody can ask for is no free one", async () => {
    const door = pod();
    server.answer = (method, path) => (method === "GET" && path.endsWith("/leases") ? 500 : "serve");
    await expect(withStagingAlone(staging, door, async () => "deleted")).rejects.toMatchObject({
      code: "cluster-unavailable",
    });
  });
});
