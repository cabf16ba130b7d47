import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boltKeys } from "../../src/scan/bolt.ts";
import { inTemporaryFolder, unpackDatabase } from "./fixtures.ts";

test("buckets and keys of a database that bbolt wrote are all read, over branch pages, leaves and inline buckets", () =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    const top = await boltKeys(file);
    expect(top).toHaveLength(405);
    expect(top).toEqual([...(top ?? [])].sort());
    expect(top).toEqual(expect.arrayContaining(["alpine 3.20", "debian 12", "filler 399", "vulnerability"]));
    expect(await boltKeys(file, ["vulnerability"])).toHaveLength(1504);
    expect(await boltKeys(file, ["debian 12"])).toEqual(["bash", "openssl", "zlib"]);
    expect(await boltKeys(file, ["debian 12", "openssl"])).toEqual(["CVE-2099-10001"]);
    expect(await boltKeys(file, ["Red Hat CPE", "repository"])).toContain("rhel-9-for-x86_64-baseos-rpms");
  }));

test("a path that names no bucket has no keys, and neither has one that ends at a value", () =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    expect(await boltKeys(file, ["debian 99"])).toBeUndefined();
    expect(await boltKeys(file, ["debian 12", "openssl", "CVE-2099-10001"])).toBeUndefined();
  }));

test("the newest whole meta page counts: a torn one is passed over", () =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    const whole = readFileSync(file);
    const pageSize = whole.readUInt32LE(24);
    const transactionOf = (page: number) => whole.readBigUInt64LE(page * pageSize + 16 + 48);
    const [older, newer] = transactionOf(0) < transactionOf(1) ? [0, 1] : [1, 0];
    const torn = (page: number) => {
      const bytes = Buffer.from(whole);
      bytes[page * pageSize + 16 + 16] = 0xff;
      return bytes;
    };
    writeFileSync(file, torn(older));
    expect(await boltKeys(file, ["debian 12"])).toEqual(["bash", "openssl", "zlib"]);
    writeFileSync(file, torn(newer));
    expect(await boltKeys(file)).not.toContain("debian 12");
  }));

test.each<[string, (file: string) => void]>([
  ["it does not begin as a bbolt file", (file) => writeFileSync(file, "not a database")],
  ["it does not begin as a bbolt file", (file) => writeFileSync(file, "")],
  [
    "neither of its meta pages is whole",
    (file) => {
      const bytes = readFileSync(file);
      const pageSize = bytes.readUInt32LE(24);
      for (const page of [0, 1]) bytes.fill(0x7f, page * pageSize + 16 + 40, page * pageSize + 16 + 64);
      writeFileSync(file, bytes);
    },
  ],
  ["it ends before its last page", (file) => truncateSync(file, 3 * 4096)],
])("a damaged file is an error that says: %s", (why, damage) =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    damage(file);
    await expect(boltKeys(file, ["vulnerability"])).rejects.toMatchObject({
      code: "database-unavailable",
      message: expect.stringContaining(why),
    });
  }),
);

test("a page that leads back to itself is damage, not an endless walk", () =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    const bytes = readFileSync(file);
    const pageSize = bytes.readUInt32LE(24);
    const branchFlag = 1;
    const branch = Array.from({ length: bytes.length / pageSize }, (_, page) => page).find(
      (page) => page > 1 && bytes.readUInt16LE(page * pageSize + 8) === branchFlag,
    ) as number;
    for (let at = 0; at < bytes.readUInt16LE(branch * pageSize + 10); at += 1) {
      bytes.writeBigUInt64LE(BigInt(branch), branch * pageSize + 16 + at * 16 + 8);
    }
    writeFileSync(file, bytes);
    const outcomes = await Promise.allSettled([boltKeys(file), boltKeys(file, ["vulnerability"])]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.message)).toContainEqual(
      expect.stringContaining("a page of it leads back to itself"),
    );
  }));

test("random damage never hangs and never ends in another error than the one for a damaged file", () =>
  inTemporaryFolder(async (dir) => {
    const file = unpackDatabase(dir);
    const whole = readFileSync(file);
    const broken = join(dir, "broken.db");
    for (let seed = 1; seed <= 60; seed += 1) {
      const bytes = Buffer.from(whole.subarray(0, 400_000));
      for (let at = seed * 7; at < bytes.length; at += 97 * seed) bytes[at] = (at * seed) % 256;
      bytes.set(whole.subarray(0, 8192));
      writeFileSync(broken, bytes);
      const outcome = await boltKeys(broken, ["debian 12"]).then(
        () => "read",
        (error: { code?: string }) => error.code,
      );
      expect(["read", "database-unavailable"]).toContain(outcome);
    }
  }));
