import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withCacheSlot } from "../../src/scan/cache-slot.ts";
import { forgetLayers } from "../../src/scan/known-layers.ts";
import { inTemporaryFolder } from "./fixtures.ts";

const request = (workDir: string) =>
  ({
    workDir,
    platform: "linux/amd64",
    trivyVersion: "0.74.0",
    links: { db: "/a/db" },
    damaged: () => undefined,
  }) as const;

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
      await forgetLayers(slot.cacheDir);
      expect(existsSync(join(slot.cacheDir, "fanal"))).toBe(false);
      expect(readlinkSync(join(slot.cacheDir, "db"))).toBe("/a/db");
    }),
  ));

test.each<[string, (file: string) => void]>([
  ["a bit of it was flipped", (file) => change(file, (bytes) => (bytes[3] = (bytes[3] ?? 0) ^ 4))],
  ["it was cut", (file) => truncateSync(file, 3)],
  ["it was emptied", (file) => truncateSync(file, 0)],
  ["it was deleted", (file) => rmSync(file)],
])(
  "what Trivy knows of layers is used as it was left; where %s, that is said and they are read again",
  (_, damage) =>
    inTemporaryFolder(async (dir) => {
      const told: string[] = [];
      const scan = () =>
        withCacheSlot({ ...request(dir), damaged: (file) => told.push(file) }, async ({ cacheDir }) => {
          const file = join(cacheDir, "fanal", "fanal.db");
          const found = existsSync(file) ? readFileSync(file, "utf8") : "";
          mkdirSync(join(cacheDir, "fanal"), { recursive: true });
          writeFileSync(file, `${found}layer `);
          return { file, found };
        });
      const { file } = await scan();
      expect(await scan()).toMatchObject({ found: "layer " });
      expect(told).toEqual([]);
      damage(file);
      expect(await scan()).toMatchObject({ found: "" });
      expect(told).toEqual([file]);
      expect(await scan()).toMatchObject({ found: "layer " });
      expect(told).toEqual([file]);
    }),
);

test("what a scan that was killed has left of layers is read again, and is no damage", () =>
  inTemporaryFolder(async (dir) => {
    const told: string[] = [];
    const killed = withCacheSlot({ ...request(dir), damaged: (file) => told.push(file) }, async (slot) => {
      mkdirSync(join(slot.cacheDir, "fanal"));
      writeFileSync(join(slot.cacheDir, "fanal", "fanal.db"), "half");
      throw new Error("killed");
    });
    await expect(killed).rejects.toThrow("killed");
    const after = withCacheSlot(
      { ...request(dir), damaged: (file) => told.push(file) },
      async ({ cacheDir }) => existsSync(join(cacheDir, "fanal")),
    );
    expect(await after).toBe(false);
    expect(told).toEqual([]);
  }));

function change(file: string, how: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  how(bytes);
  writeFileSync(file, bytes);
}
