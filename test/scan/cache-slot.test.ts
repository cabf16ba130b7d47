import { existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgetLayers, withCacheSlot } from "../../src/scan/cache-slot.ts";
import { inTemporaryFolder } from "./fixtures.ts";

const request = (workDir: string) =>
  ({ workDir, platform: "linux/amd64", trivyVersion: "0.74.0", links: { db: "/a/db" } }) as const;

test("scans side by side have a cache each, and one after another share the first", () =>
  inTemporaryFolder(async (dir) => {
    const meeting = Promise.withResolvers<void>();
    let arrived = 0;
    const together = () =>
      withCacheSlot(request(dir), async ({ cacheDir }) => {
        arrived += 1;
        if (arrived === 3) meeting.resolve();
        await meeting.promise;
        return cacheDir;
      });
    const dirs = await Promise.all([together(), together(), together()]);
    expect(new Set(dirs).size).toBe(3);
    const alone = () => withCacheSlot(request(dir), async ({ cacheDir }) => cacheDir);
    expect(await alone()).toBe(await alone());
    expect(dirs).toContain(await alone());
  }));

test("platforms and builds of Trivy do not share a cache", () =>
  inTemporaryFolder(async (dir) => {
    const dirs = [];
    for (const changes of [{}, { platform: "linux/arm64" as const }, { trivyVersion: undefined }]) {
      dirs.push(await withCacheSlot({ ...request(dir), ...changes }, async ({ cacheDir }) => cacheDir));
    }
    expect(new Set(dirs).size).toBe(3);
  }));

test("a slot links to the database of this scan, whatever it linked to before", () =>
  inTemporaryFolder(async (dir) => {
    for (const db of ["/first/db", "/second/db"]) {
      await withCacheSlot({ ...request(dir), links: { db } }, async ({ cacheDir }) => {
        expect(readlinkSync(join(cacheDir, "db"))).toBe(db);
      });
    }
  }));

test("what the work throws is thrown, and its slot is free again", () =>
  inTemporaryFolder(async (dir) => {
    const failing = withCacheSlot(request(dir), async () => {
      throw new Error("scan failed");
    });
    await expect(failing).rejects.toThrow("scan failed");
    const first = await withCacheSlot(request(dir), async ({ cacheDir }) => cacheDir);
    expect(first).toMatch(/linux-amd64-0\/cache$/);
  }));

test("forgetting layers keeps the link to the database", () =>
  inTemporaryFolder((dir) =>
    withCacheSlot(request(dir), async (slot) => {
      mkdirSync(join(slot.cacheDir, "fanal"));
      writeFileSync(join(slot.cacheDir, "fanal", "fanal.db"), "damaged");
      await forgetLayers(slot);
      expect(existsSync(join(slot.cacheDir, "fanal"))).toBe(false);
      expect(readlinkSync(join(slot.cacheDir, "db"))).toBe("/a/db");
    }),
  ));
